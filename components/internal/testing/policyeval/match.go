package policyeval

import (
	"regexp"
	"strings"
)

// wildcards are the characters of IAM's patterns as regexp.QuoteMeta writes them.
var wildcards = strings.NewReplacer(`\*`, `.*`, `\?`, `.`)

// wildcard matches "*" with any characters and "?" with one; case counts.
func wildcard(pattern, value string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == value
	}
	return regexp.MustCompile(`^(?s:` + wildcards.Replace(regexp.QuoteMeta(pattern)) + `)$`).MatchString(value)
}

// arnLike matches the six parts of an ARN one by one, so that a wildcard never
// reaches into the next; the last part may hold colons.
func arnLike(pattern, value string) bool {
	if pattern == "*" {
		return true
	}
	patterns, values := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
	if len(patterns) != 6 || len(values) != 6 {
		return pattern == value
	}
	for i := range patterns {
		if !wildcard(patterns[i], values[i]) {
			return false
		}
	}
	return true
}

// action matches the names of actions, whose case does not count.
func action(pattern, value string) bool {
	return wildcard(strings.ToLower(pattern), strings.ToLower(value))
}
