package backoff

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAfter_doublesFromFirstToLast(t *testing.T) {
	p := Policy{First: time.Second, Last: 30 * time.Second}
	for n, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 30 * time.Second,
		7: 30 * time.Second, math.MaxInt: 30 * time.Second,
	} {
		for range 100 {
			assert.InDelta(t, want.Seconds(), p.After(n).Seconds(), want.Seconds()/5, "failure %d", n)
		}
	}
	assert.LessOrEqual(t, Policy{First: time.Minute, Last: time.Second}.After(1), 2*time.Second)
}

func TestAfter_spreadsItsDelays(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[Policy{First: time.Second, Last: time.Second}.After(1)] = true
	}
	assert.Greater(t, len(seen), 90)
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		assert.True(t, Sleep(t.Context(), time.Minute))
		assert.Equal(t, time.Minute, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.False(t, Sleep(ctx, time.Minute))
		assert.Equal(t, time.Minute+time.Second, time.Since(began))
		assert.False(t, Sleep(ctx, 0), "the context has ended")
		assert.True(t, Sleep(t.Context(), 0))
	})
}

func TestWithGrace_parentEnds_endsAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancel(t.Context())
		ctx, cancel := WithGrace(parent, time.Second)
		defer cancel()
		end()
		assert.True(t, Sleep(ctx, time.Second-1))
		assert.False(t, Sleep(ctx, time.Second))
	})
}
