package fakecloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	roleType   = "aws:iam/role:Role"
	policyType = "aws:iam/policy:Policy"

	inlineType     = "aws:iam/rolePolicy:RolePolicy"
	attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

// iamArn is the ARN of something of IAM, which has no region.
func iamArn(resource string) string { return "arn:aws:iam::" + Account + ":" + resource }

// made is when all of the account was.
const made = "2026-01-01T00:00:00Z"

var iamKinds = map[string]*kind{
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return iamArn("oidc-provider/" + strings.TrimPrefix(text(inputs, "url"), "https://"))
		},
		computed: func(_ *Cloud, id string, inputs resource.PropertyMap) outputs {
			computed := outputs{"arn": id}
			if !inputs.HasValue("thumbprintLists") {
				computed["thumbprintLists"] = []any{"2b18947a6a9fc7764fd8b5fb18a863b0c6dac24f"}
			}
			return computed
		},
		replaces: []string{"url"},
		conflict: "EntityAlreadyExists: Provider with url %s already exists.",
	},
	roleType: {
		identify: given("name"), autoname: "name", longest: 64,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": iamArn("role/" + id), "uniqueId": "AROA" + strings.ToUpper(c.hex(17)), "createDate": made}
		},
		replaces: []string{"name", "path"},
		conflict: "EntityAlreadyExists: Role with name %s already exists.",
	},
	policyType: {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string { return iamArn("policy/" + text(inputs, "name")) },
		autoname: "name", longest: 128,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": id, "policyId": "ANPA" + strings.ToUpper(c.hex(17)), "attachmentCount": 0}
		},
		replaces: []string{"name", "path", "description"},
		conflict: "EntityAlreadyExists: A policy called %s already exists. Duplicate names are not allowed.",
	},
	attachmentType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return fmt.Sprintf("%s-20260101000000%012d", text(inputs, "role"), c.number())
		},
		replaces: []string{"role", "policyArn"},
		needs: []need{
			{
				path: "role", kind: roleType,
				missing: "NoSuchEntity: The role with name %s cannot be found.",
				blocks:  "DeleteConflict: Cannot delete entity, must detach all policies first: %s",
			},
			{
				path: "policyArn", kind: policyType,
				missing: "NoSuchEntity: Policy %s does not exist or is not attachable.",
				blocks:  "DeleteConflict: Cannot delete a policy attached to entities: %s",
			},
		},
	},
	"aws:iam/rolePoliciesExclusive:RolePoliciesExclusive":                   exclusive("policyNames", inlineType, "name"),
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": exclusive("policyArns", attachmentType, "policyArn"),
	inlineType: {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return text(inputs, "role") + ":" + text(inputs, "name")
		},
		autoname: "name", longest: 128,
		replaces: []string{"role", "name"},
		needs: []need{{
			path: "role", kind: roleType,
			missing: "NoSuchEntity: The role with name %s cannot be found.",
			blocks:  "DeleteConflict: Cannot delete entity, must delete policies first: %s",
		}},
	},
}

// exclusive is a list of all policies of one type that a role has, as a resource.
// It reads those that are there, and a write removes the ones that it does not
// list; deleting it changes nothing.
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/iam/role_policies_exclusive.go
func exclusive(list, member, name string) *kind {
	write := func(c *Cloud, o *object) {
		wanted := texts(o.attributes, list)
		for _, policy := range c.policiesOf(o.id, member) {
			if !slices.Contains(wanted, text(policy.attributes, name)) {
				delete(c.objects, key(policy.kind, policy.id, policy.attributes))
			}
		}
	}
	return &kind{
		identify: given("roleName"),
		replaces: []string{"roleName"},
		needs:    []need{{path: "roleName", kind: roleType, missing: "NoSuchEntity: The role with name %s cannot be found."}},
		create:   write,
		update:   func(c *Cloud, o *object, _ resource.PropertyMap, _ []string) { write(c, o) },
		read: func(c *Cloud, o *object) {
			there := map[string]bool{}
			for _, policy := range c.policiesOf(o.id, member) {
				there[text(policy.attributes, name)] = true
			}
			// A set: those that were known keep their places.
			var all []any
			for _, known := range texts(o.attributes, list) {
				if there[known] {
					all = append(all, known)
				}
				delete(there, known)
			}
			for _, added := range slices.Sorted(maps.Keys(there)) {
				all = append(all, added)
			}
			o.attributes[resource.PropertyKey(list)] = resource.NewPropertyValue(append([]any{}, all...))
		},
	}
}

// policiesOf are the resources of a type that give a role a policy.
func (c *Cloud) policiesOf(role, typeToken string) []*object {
	var found []*object
	for _, o := range c.objects {
		if o.kind.token == typeToken && text(o.attributes, "role") == role {
			found = append(found, o)
		}
	}
	return found
}
