package token

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_sourceRecovers_tokenIsRead(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, log *bytes.Buffer) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { c.Run(ctx) })
		pass(time.Second)
		s.set("", errDown)
		pass(10 * time.Minute)
		require.NoError(t, c.Verify(t.Context(), "right"))
		s.set("new", nil)
		pass(10 * time.Second)
		require.NoError(t, c.Verify(t.Context(), "new"))
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrInvalid)
		cancel()
		wg.Wait()
		assert.Contains(t, log.String(), "token can be read again")
	})
}

func TestRun_readsBeforeTheTokenIsStale(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: 50 * time.Millisecond}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { c.Run(ctx) })
		pass(time.Second)
		for range 300 {
			started := time.Now()
			require.NoError(t, c.Verify(t.Context(), "right"))
			require.Zero(t, time.Since(started), "no request waits")
			pass(time.Second)
		}
		cancel()
		wg.Wait()
		assert.InDelta(t, 7, s.count(), 1)
	})
}

func TestRun_ends_readIsCancelledSilently(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: 5 * time.Second}
	inBubble(t, s, func(t *testing.T, c *Cache, log *bytes.Buffer) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		c.Run(ctx)
		assert.Equal(t, time.Second, time.Since(started))
		assert.Empty(t, log.String())
	})
}
