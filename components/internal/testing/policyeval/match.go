package policyeval

import "strings"

// wildcard matches "*" with any characters and "?" with one; case counts.
func wildcard(pattern, value string) bool {
	// Where the last "*" was, and how much of the value it stands for so far.
	star, taken := -1, 0
	p, v := 0, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			taken++
			p, v = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
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
