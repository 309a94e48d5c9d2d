package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBalance_countsEveryOutcome(t *testing.T) {
	good := func(id string) sent { return sent{id: id, body: "body of " + id, key: "key of " + id} }
	stored := func(id string) object { return object{key: "key of " + id, content: "body of " + id} }
	got := balance(
		[]sent{
			good("stored"), good("lost"), good("twice"), good("both"), good("same"), good("same"),
			good("other content"), good("other key"), good("swapped"),
			{id: "dead", body: "poison"},
			{id: "dead, altered", body: "poison"},
		},
		map[string][]object{
			"stored": {stored("stored")}, "twice": {stored("twice"), stored("twice")}, "both": {stored("both")},
			"same": {stored("same")}, "stranger": {stored("stranger")},
			"other content": {{key: "key of other content", content: "x"}},
			"other key":     {{key: "x", content: "body of other key"}},
			"swapped":       {stored("stored")},
		},
		map[string][]string{
			"dead": {"poison"}, "dead, altered": {"poi"}, "both": {"body of both"}, "other": {"x"},
		},
	)
	assert.Equal(t, ledger{accepted: 11, stored: 3, dead: 1, lost: 1, doubled: 3, altered: 4, resent: 2}, got)
	assert.Equal(t, "accepted 11, stored 3, in DLQ 1, lost 1, doubled 3, altered 4, resent 2", got.String())
}
