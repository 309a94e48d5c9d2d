package policyeval

import (
	"fmt"
	"slices"
	"strings"
)

// condition is one operator over one key.
type condition struct {
	key    string
	values []string
	test   func(pattern, value string) bool
	// negated operators hold where no value matches, and where the key is not in
	// the request.
	negated bool
	// ifExists accepts a request without the key.
	ifExists bool
	// every asks that each value in the request matches (ForAllValues), which no
	// value at all does.
	every bool
}

func equal(pattern, value string) bool     { return pattern == value }
func equalFold(pattern, value string) bool { return strings.EqualFold(pattern, value) }

// operators are those known here. AWS treats ArnEquals as ArnLike.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]condition{
	"StringEquals":           {test: equal},
	"StringNotEquals":        {test: equal, negated: true},
	"StringEqualsIgnoreCase": {test: equalFold},
	"StringLike":             {test: wildcard},
	"StringNotLike":          {test: wildcard, negated: true},
	"ArnEquals":              {test: arnLike},
	"ArnLike":                {test: arnLike},
	"ArnNotEquals":           {test: arnLike, negated: true},
	"ArnNotLike":             {test: arnLike, negated: true},
	"Bool":                   {test: equalFold},
}

func newCondition(operator, key string, values []string) (condition, error) {
	name, every := strings.CutPrefix(operator, "ForAllValues:")
	// ForAnyValue of a positive operator is what one value of a key would be.
	name, _ = strings.CutPrefix(name, "ForAnyValue:")
	name, ifExists := strings.CutSuffix(name, "IfExists")
	c, known := operators[name]
	if !known {
		return condition{}, fmt.Errorf("condition operator %q is not known here", operator)
	}
	if c.negated && name != operator {
		return condition{}, fmt.Errorf("condition operator %q is not known here: a set or an option of a negated operator", operator)
	}
	if len(values) == 0 {
		return condition{}, fmt.Errorf("condition %s on %s has no value", operator, key)
	}
	c.key, c.values, c.every, c.ifExists = strings.ToLower(key), values, every, ifExists
	return c, nil
}

// holds reports whether a request with these values of the key meets the condition.
func (c condition) holds(context map[string][]string) bool {
	given := context[c.key]
	matches := func(value string) bool {
		return slices.ContainsFunc(c.values, func(pattern string) bool { return c.test(pattern, value) })
	}
	switch {
	case c.every:
		return !slices.ContainsFunc(given, func(value string) bool { return !matches(value) })
	case len(given) == 0:
		return c.negated || c.ifExists
	default:
		return slices.ContainsFunc(given, matches) != c.negated
	}
}
