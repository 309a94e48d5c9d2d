package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
)

const (
	roleType       = "aws:iam/role:Role"
	inlineType     = "aws:iam/rolePolicy:RolePolicy"
	managedType    = "aws:iam/policy:Policy"
	attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

// writeRoles writes for each role of the account who can take it and what it may
// do, from the policies that the account has.
func writeRoles(w io.Writer, aws *fakecloud.Cloud) error {
	managed := map[string]string{}
	for _, policy := range aws.Resources(managedType) {
		managed[policy.ID] = text(policy, "policy")
	}
	for _, role := range aws.Resources(roleType) {
		fmt.Fprintf(w, "  %s\n", role.ID)
		if err := writePolicy(w, text(role, "assumeRolePolicy")); err != nil {
			return fmt.Errorf("explaining who can take %s: %w", role.ID, err)
		}
		for _, policy := range aws.Resources(inlineType) {
			if text(policy, "role") != role.ID {
				continue
			}
			if err := writePolicy(w, text(policy, "policy")); err != nil {
				return fmt.Errorf("explaining the policy %s: %w", policy.ID, err)
			}
		}
		for _, attached := range aws.Resources(attachmentType) {
			if text(attached, "role") != role.ID {
				continue
			}
			arn := text(attached, "policyArn")
			document, own := managed[arn]
			if !own {
				fmt.Fprintf(w, "    may do what AWS's policy %s allows\n", arn)
				continue
			}
			if err := writePolicy(w, document); err != nil {
				return fmt.Errorf("explaining the policy %s: %w", arn, err)
			}
		}
	}
	return nil
}

func text(r fakecloud.Resource, attribute string) string {
	value, _ := r.Attributes[attribute].(string)
	return value
}

// writePolicy writes a line for each statement of a policy.
func writePolicy(w io.Writer, document string) error {
	var policy policyDocument
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return err
	}
	for _, s := range policy.Statement {
		fmt.Fprintln(w, wrap(s.String(), 110, "    ", "      "))
	}
	return nil
}

// wrap breaks a text into lines of at most width bytes, where it has spaces.
func wrap(text string, width int, first, rest string) string {
	var lines []string
	line, indent := first, first
	for word := range strings.FieldsSeq(text) {
		if line != indent && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line, indent = rest, rest
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
