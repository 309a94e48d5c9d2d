package token

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source takes latency to answer with value or err.
type source struct {
	mu      sync.Mutex
	tokens  Tokens
	err     error
	latency time.Duration
	reads   int
}

func (s *source) Fetch(ctx context.Context) (Tokens, error) {
	s.mu.Lock()
	s.reads++
	latency := s.latency
	s.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens, s.err
}

func (s *source) set(value string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens, s.err = Tokens{Current: value, Since: time.Now()}, err
}

// rotate makes value the current token and keeps the one before as the previous.
func (s *source) rotate(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = Tokens{Current: value, Previous: s.tokens.Current, Since: time.Now()}
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

const grace = 200 * time.Millisecond

func cacheOf(s Source) (c *Cache, log *bytes.Buffer) {
	log = &bytes.Buffer{}
	return New(Options{
		Source: s, TTL: time.Minute, Overlap: time.Hour, FetchTimeout: 10 * time.Second, Grace: grace, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}), log
}

// inBubble runs a test on its own clock.
func inBubble(t *testing.T, s *source, test func(t *testing.T, c *Cache, log *bytes.Buffer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, log := cacheOf(s)
		test(t, c, log)
		synctest.Wait()
		assert.NotContains(t, log.String(), "right")
	})
}

func pass(by time.Duration) { <-time.After(by) }

var errDown = errors.New("ThrottlingException")

func TestVerify_onlyTheRightToken_isAccepted(t *testing.T) {
	inBubble(t, &source{tokens: Tokens{Current: "right"}}, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		for _, wrong := range []string{"", "righ", "rightt", "Right", "CHANGEME"} {
			require.ErrorIs(t, c.Verify(t.Context(), wrong), ErrInvalid, "%q", wrong)
		}
	})
}

func TestPlaceholderAndEmptyValue_refuseEveryToken(t *testing.T) {
	for _, value := range []string{Placeholder, ""} {
		inBubble(t, &source{tokens: Tokens{Current: value}}, func(t *testing.T, c *Cache, log *bytes.Buffer) {
			require.ErrorIs(t, c.Verify(t.Context(), value), ErrInvalid)
			assert.Contains(t, log.String(), "holds no token yet")
		})
	}
}

func TestToken_isKeptForItsTTL(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		for range 100 {
			require.NoError(t, c.Verify(t.Context(), "right"))
		}
		assert.Equal(t, 1, s.count())
		pass(time.Minute)
		require.NoError(t, c.Verify(t.Context(), "right"))
		assert.Equal(t, 2, s.count())
	})
}

func TestToken_rotated_newIsAcceptedAndOldRefused(t *testing.T) {
	s := &source{tokens: Tokens{Current: "old"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "old"))
		s.set("new", nil)
		require.NoError(t, c.Verify(t.Context(), "new"))
		require.ErrorIs(t, c.Verify(t.Context(), "old"), ErrInvalid)
	})
}

func TestWrongTokens_many_causeOneReadPerSecond(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		for range 1000 {
			require.ErrorIs(t, c.Verify(t.Context(), "guess"), ErrInvalid)
			pass(10 * time.Millisecond)
		}
		assert.LessOrEqual(t, s.count(), 12)
	})
}

func TestToken_rotated_concurrentRequestsAreAccepted(t *testing.T) {
	s := &source{tokens: Tokens{Current: "old"}, latency: 20 * time.Millisecond}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "old"))
		s.set("new", nil)
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				pass(time.Duration(i) * 100 * time.Microsecond)
				assert.NoError(t, c.Verify(t.Context(), "new"))
			})
		}
		wg.Wait()
		assert.Equal(t, 2, s.count())
	})
}

func TestWrongToken_sameSecond_isRefusedWithoutWaiting(t *testing.T) {
	s := &source{tokens: Tokens{Current: "right"}, latency: 20 * time.Millisecond}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.ErrorIs(t, c.Verify(t.Context(), "guess"), ErrInvalid)
		started, reads := time.Now(), s.count()
		for range 100 {
			require.ErrorIs(t, c.Verify(t.Context(), "another guess"), ErrInvalid)
		}
		assert.Zero(t, time.Since(started))
		assert.Equal(t, reads, s.count())
	})
}
