package token

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRead_sourceFails_lastValidTokenIsUsed(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, log *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		s.set("", errDown)
		for range 600 {
			pass(time.Second)
			require.NoError(t, c.Verify(t.Context(), "right"))
		}
		require.ErrorIs(t, c.Verify(t.Context(), "wrong"), ErrInvalid)
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(log.String(), "token cannot be read"), "said once")
		assert.Contains(t, log.String(), `"serving_last_good":true`)
	})
}

func TestReadFailures_countErrorsAndAbsence(t *testing.T) {
	for err, want := range map[error]int64{nil: 0, errDown: 1, ErrNotFound: 1} {
		inBubble(t, &source{tokens: Tokens{Current: "right"}, err: err}, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
			require.ErrorIs(t, c.Verify(t.Context(), "right"), err)
			assert.Equal(t, want, c.ReadFailures(), "%v", err)
		})
	}
}

func TestRead_deletedParameter_isSeenAtOnce(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		s.set("", fmt.Errorf("ParameterNotFound: %w", ErrNotFound))
		pass(time.Minute)
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrNotFound)
		s.set("right", nil)
		pass(time.Second)
		require.NoError(t, c.Verify(t.Context(), "right"), "made again")
	})
}

func TestRead_noAnswer_sourceIsUnavailable(t *testing.T) {
	s := &source{err: errDown}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		err := c.Verify(t.Context(), "right")
		require.ErrorIs(t, err, ErrUnavailable)
		require.ErrorIs(t, err, errDown)
		s.set("right", nil)
		pass(time.Second)
		require.NoError(t, c.Verify(t.Context(), "right"))
	})
}

func TestRead_unconfirmedAbsence_isNotServed(t *testing.T) {
	s := &source{err: ErrNotFound}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrNotFound)
		s.set("", errDown)
		pass(time.Minute)
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrUnavailable)
	})
}

func TestRead_hangs_ends(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: time.Hour}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		started := time.Now()
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrUnavailable)
		assert.Equal(t, 10*time.Second, time.Since(started))
	})
}

func TestRead_concurrentCallers_shareOne(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: time.Second}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() { assert.NoError(t, c.Verify(t.Context(), "right")) })
		}
		wg.Wait()
		assert.Equal(t, 1, s.count())
	})
}

func TestRead_callerLeaves_continuesForOthers(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: time.Second}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { assert.ErrorIs(t, c.Verify(ctx, "right"), context.Canceled) })
		wg.Go(func() { pass(time.Millisecond); assert.NoError(t, c.Verify(t.Context(), "right")) })
		pass(500 * time.Millisecond)
		cancel()
		wg.Wait()
		assert.Equal(t, 1, s.count())
	})
}

func TestRead_withoutAToken_isMadeOncePerSecond(t *testing.T) {
	for name, failure := range map[string]error{"absent": ErrNotFound, "down": errDown} {
		t.Run(name, func(t *testing.T) {
			s := &source{err: failure}
			inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
				for range 1000 {
					require.ErrorIs(t, c.Verify(t.Context(), "right"), failure)
					pass(10 * time.Millisecond)
				}
				assert.InDelta(t, 10, s.count(), 1)
			})
		})
	}
}

func TestRead_sourceHangs_lastValidTokenIsUsed(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		pass(time.Minute)
		s.mu.Lock()
		s.latency = time.Hour
		s.mu.Unlock()
		started := time.Now()
		require.NoError(t, c.Verify(t.Context(), "right"))
		assert.Equal(t, staleAfter, time.Since(started))
		require.NoError(t, c.Verify(t.Context(), "right"))
		assert.Equal(t, staleAfter, time.Since(started), "no other request waits")
		pass(10 * time.Second)
		require.NoError(t, c.Verify(t.Context(), "right"))
	})
}

func TestRenewal_callerLeaves(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		pass(time.Minute)
		s.mu.Lock()
		s.latency = 500 * time.Millisecond
		s.mu.Unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, c.Verify(ctx, "right"), context.Canceled)
		assert.Equal(t, 100*time.Millisecond+grace, time.Since(began))
		pass(time.Second)
		require.NoError(t, c.Verify(ctx, "right"), "a token that is known needs no time")
	})
}
