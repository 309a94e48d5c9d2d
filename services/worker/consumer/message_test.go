package consumer

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package comment is where a reader looks for the states.
func TestTransitions_areThoseOfThePackageComment(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	documented := map[state][]state{}
	for _, row := range regexp.MustCompile(`(?m)^//\t([a-z]+) +([a-z]+) {2,}\S`).FindAllStringSubmatch(string(text), -1) {
		if from := state(row[1]); from != "from" {
			documented[from] = append(documented[from], state(row[2]))
		}
	}
	require.Len(t, documented, len(transitions))
	for from, next := range transitions {
		assert.ElementsMatch(t, next, documented[from], "from %s", from)
	}
}

func TestMove_refusesWhatTheTableDoesNotAllow(t *testing.T) {
	states := []state{received, uploading, retrying, stored, deleting, deleted, returned, expired}
	for _, from := range states {
		for _, next := range states {
			f := newInFlight(1, 1)
			m := newMessage(Delivery{}, Name{Key: "key"}, time.Now())
			f.add(0, []*message{m}, time.Minute)
			m.state = from
			if !from.allows(next) {
				assert.Panics(t, func() { f.move(m, next) }, "%s to %s", from, next)
				continue
			}
			f.move(m, next)
			assert.Equal(t, next, m.state)
			assert.Equal(t, next.isLast(), f.count() == 0, "%s leaves", next)
		}
	}
}
