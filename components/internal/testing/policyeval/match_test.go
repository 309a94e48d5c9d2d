package policyeval

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWildcard(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"**", "a/b:c", true},
		{"a*", "a", true},
		{"a*", "b", false},
		{"*b*d", "abcd", true},
		{"*b*d", "abcde", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"?", "", false},
		{"a*a*a", "aa", false},
		{"*ab", "aab", true},
		{"A", "a", false},
		{"main", "main2", false},
	} {
		assert.Equal(t, c.want, wildcard(c.pattern, c.value), "%q of %q", c.pattern, c.value)
	}
}

func TestWildcard_staysWithinItsPartOfAnARN(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"*", "arn:aws:s3:::b/k", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k/l", true},
		{"arn:aws:s3:::b*", "arn:aws:s3:::c", false},
		{"arn:aws:*:q", "arn:aws:sqs:eu-west-1:1:q", false},
		{"arn:aws:sqs:*:1:q", "arn:aws:sqs:eu-west-1:1:q", true},
		{"arn:aws:sqs:*:1:q", "arn:aws:sqs:eu-west-1:2:q", false},
		{"arn:aws:logs:r:1:log-group:/a/*", "arn:aws:logs:r:1:log-group:/a/b:log-stream:c", true},
		{"ARN:aws:s3:::b", "arn:aws:s3:::b", false},
		{"no-arn", "no-arn", true},
		{"arn:aws:s3:::b", "*", false},
	} {
		assert.Equal(t, c.want, arnLike(c.pattern, c.value), "%q of %q", c.pattern, c.value)
	}
}
