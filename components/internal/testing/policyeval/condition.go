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
}

// operators are those known here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]func(pattern, value string) bool{
	"StringEquals": func(pattern, value string) bool { return pattern == value },
	"ArnLike":      arnLike,
	"Bool":         strings.EqualFold,
}

func newCondition(operator, key string, values []string) (condition, error) {
	test, known := operators[operator]
	if !known {
		return condition{}, fmt.Errorf("condition operator %q is not known here", operator)
	}
	if len(values) == 0 {
		return condition{}, fmt.Errorf("condition %s on %s has no value", operator, key)
	}
	return condition{strings.ToLower(key), values, test}, nil
}

// holds reports whether a request with these values of the key meets the condition.
func (c condition) holds(context map[string][]string) bool {
	return slices.ContainsFunc(context[c.key], func(value string) bool {
		return slices.ContainsFunc(c.values, func(pattern string) bool { return c.test(pattern, value) })
	})
}
