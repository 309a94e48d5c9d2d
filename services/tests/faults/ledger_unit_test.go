package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBalanceTellsEveryFate(t *testing.T) {
	got := balance(
		[]string{"stored", "dead", "lost", "twice", "both", "same", "same"},
		map[string]int{"stored": 1, "twice": 2, "both": 1, "same": 1, "stranger": 1},
		map[string]int{"dead": 1, "both": 1, "other": 1},
	)
	assert.Equal(t, ledger{accepted: 7, stored: 3, dead: 1, lost: 1, doubled: 3, resent: 2}, got)
	assert.Equal(t, "accepted 7, stored 3, in DLQ 1, lost 1, doubled 3, resent 2", got.String())
}
