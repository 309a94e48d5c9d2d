// Package iamdoc writes IAM policy documents as typed Go, rendered the same way
// each time, so that an unchanged program previews no change.
//
// The elements are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
package iamdoc

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Effect is what a statement does to the calls that it describes.
type Effect string

// The effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Conditions are operators ("StringEquals") with the values that a condition key
// may have.
type Conditions map[string]map[string][]string

// Principal names who a statement of a resource policy is about. The zero value
// names no principal, as in the policy of an identity.
type Principal struct {
	// Everyone is "*": every caller, which only a Deny, or an Allow with a
	// condition, can say safely.
	Everyone bool
	// Services are AWS service principals ("cloudwatch.amazonaws.com").
	Services []string
	// Federated are ARNs of identity providers.
	Federated []string
	// AWS are ARNs of accounts, roles or users.
	AWS []string
}

// Statement is one statement.
type Statement struct {
	// Sid names the statement within its document: letters and digits.
	Sid        string
	Effect     Effect
	Principal  Principal
	Actions    []string
	Resources  []string
	Conditions Conditions
	// Reason says why AWS allows no narrower resource than "*", or than every
	// resource of a type ("arn:aws:ec2:eu-west-1:123456789012:vpc/*"). A statement
	// with Effect Allow and such a resource needs one; so does one that allows an
	// account a whole service, as a key policy does. It is not rendered.
	Reason string
}

// Document is a policy.
type Document []Statement

// Render writes the document as JSON: elements in IAM's usual order, values
// sorted, and without what is empty. Its error names every statement at fault.
func (d Document) Render() (string, error) {
	if len(d) == 0 {
		return "", errors.New("iamdoc: the document has no statement")
	}
	var wrong []error
	statements := make([]statement, 0, len(d))
	for i, s := range d {
		if err := s.validate(); err != nil {
			wrong = append(wrong, fmt.Errorf("iamdoc: statement %d (%s): %w", i+1, s.Sid, err))
			continue
		}
		statements = append(statements, s.render())
	}
	if err := errors.Join(wrong...); err != nil {
		return "", err
	}
	return encode(policy{"2012-10-17", statements})
}

func (s Statement) validate() error {
	var wrong []error
	if s.Effect != Allow && s.Effect != Deny {
		wrong = append(wrong, fmt.Errorf("effect is %q; allowed is Allow or Deny", s.Effect))
	}
	if len(s.Actions) == 0 {
		wrong = append(wrong, errors.New("it names no action"))
	}
	if len(s.Resources) == 0 && s.Principal.render() == nil {
		wrong = append(wrong, errors.New("it names no resource, which only a policy with principals may leave out"))
	}
	for _, value := range slices.Concat(s.Actions, s.Resources) {
		if value == "" {
			wrong = append(wrong, errors.New("an action or resource is empty"))
		}
	}
	if s.Effect == Allow {
		wrong = append(wrong, s.wildcards()...)
	}
	return errors.Join(wrong...)
}

// wildcards are the faults of an Allow that is wider than it may be.
func (s Statement) wildcards() (wrong []error) {
	for _, action := range s.Actions {
		account := len(s.Principal.AWS) > 0 && s.Reason != ""
		if action == "*" || strings.HasSuffix(action, ":*") && !account {
			wrong = append(wrong, fmt.Errorf("action %q allows a whole service", action))
		}
	}
	for _, resource := range s.Resources {
		if s.Reason == "" && wholeType(resource) {
			wrong = append(wrong, fmt.Errorf("resource %q needs a Reason", resource))
		}
	}
	if s.Principal.Everyone && len(s.Conditions) == 0 {
		wrong = append(wrong, errors.New("everyone is allowed without a condition"))
	}
	if len(s.Principal.Services) > 0 && !s.Conditions.namesSource() {
		wrong = append(wrong, errors.New("a service is allowed without a condition on aws:SourceAccount or aws:SourceArn"))
	}
	return wrong
}

// everyOfAType is the last part of an ARN that names a type and no resource of it.
var everyOfAType = regexp.MustCompile(`^(\*|[a-z-]+[/:]\*)$`)

// wholeType reports whether a resource means all resources of a type, or all
// resources. ARNs without an account are S3's, whose last part begins with a name.
func wholeType(resource string) bool {
	parts := strings.SplitN(resource, ":", 6)
	return resource == "*" || len(parts) == 6 && (parts[4] != "" || parts[5] == "*") && everyOfAType.MatchString(parts[5])
}
