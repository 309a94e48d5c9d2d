// Package policyeval decides, for tests, what IAM would: whether the policies of
// an identity allow a call, and whether a role's trust policy takes a token.
//
// It knows the part of the policy language that this project writes, and refuses
// to parse the rest (NotAction, NotResource, NotPrincipal, policy variables,
// other operators), so that nothing is decided by being overlooked. The logic is
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package policyeval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Policy is a parsed policy document.
type Policy struct {
	statements []statement
}

type statement struct {
	deny       bool
	principal  *principal
	actions    []string
	resources  []string
	conditions []condition
}

// principal is who a statement of a resource or trust policy is about.
type principal struct {
	everyone  bool
	federated []string
	services  []string
}

// document is the JSON of a policy.
type document struct {
	Version   string
	Statement []rawStatement
}

type rawStatement struct {
	Sid       string
	Effect    string
	Principal json.RawMessage
	Action    oneOrMany
	Resource  oneOrMany
	Condition map[string]map[string]oneOrMany
}

// oneOrMany is a string or a list of strings.
type oneOrMany []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(o))
}

// Parse reads a policy document. Its error says what in it is wrong or unknown
// here.
func Parse(text string) (Policy, error) {
	var raw document
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&raw); err != nil {
		return Policy{}, fmt.Errorf("parsing the policy: %w", err)
	}
	if raw.Version != "2012-10-17" {
		return Policy{}, fmt.Errorf("policy version is %q; allowed is 2012-10-17", raw.Version)
	}
	if strings.Contains(text, "${") {
		return Policy{}, errors.New("policy variables are not known here")
	}
	var policy Policy
	for i, r := range raw.Statement {
		s, err := r.parse()
		if err != nil {
			return Policy{}, fmt.Errorf("statement %d (%s): %w", i+1, r.Sid, err)
		}
		policy.statements = append(policy.statements, s)
	}
	return policy, nil
}

func (r rawStatement) parse() (statement, error) {
	s := statement{deny: r.Effect == "Deny", actions: r.Action, resources: r.Resource}
	if r.Effect != "Allow" && r.Effect != "Deny" {
		return s, fmt.Errorf("effect is %q; allowed is Allow or Deny", r.Effect)
	}
	if len(r.Action) == 0 {
		return s, errors.New("it names no action")
	}
	if len(r.Principal) > 0 {
		p, err := parsePrincipal(r.Principal)
		if err != nil {
			return s, err
		}
		s.principal = &p
	}
	for operator, keys := range r.Condition {
		for key, values := range keys {
			c, err := newCondition(operator, key, values)
			if err != nil {
				return s, err
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return s, nil
}

func parsePrincipal(raw json.RawMessage) (principal, error) {
	if bytes.Equal(bytes.TrimSpace(raw), []byte(`"*"`)) {
		return principal{everyone: true}, nil
	}
	var kinds map[string]oneOrMany
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return principal{}, fmt.Errorf("parsing the principal: %w", err)
	}
	return principal{federated: kinds["Federated"], services: kinds["Service"]}, nil
}
