package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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
	value   string
	err     error
	latency time.Duration
	reads   int
}

func (s *source) Fetch(ctx context.Context) (string, error) {
	s.mu.Lock()
	s.reads++
	latency := s.latency
	s.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.err
}

func (s *source) set(value string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.err = value, err
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func cacheOf(s Source) (c *Cache, log *bytes.Buffer) {
	log = &bytes.Buffer{}
	return New(Options{
		Source: s, TTL: time.Minute, FetchTimeout: 10 * time.Second, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}), log
}

// inBubble runs a test on a clock of its own.
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

func TestTheRightTokenAloneIsTaken(t *testing.T) {
	inBubble(t, &source{value: "right"}, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		for _, wrong := range []string{"", "righ", "rightt", "Right", "CHANGEME"} {
			require.ErrorIs(t, c.Verify(t.Context(), wrong), ErrInvalid, wrong)
		}
	})
}

func TestAPlaceholderAndAnEmptyValueAuthenticateNobody(t *testing.T) {
	for _, value := range []string{Placeholder, ""} {
		inBubble(t, &source{value: value}, func(t *testing.T, c *Cache, log *bytes.Buffer) {
			require.ErrorIs(t, c.Verify(t.Context(), value), ErrInvalid)
			assert.Contains(t, log.String(), "holds no token yet")
		})
	}
}

func TestTheTokenIsKeptForItsTTL(t *testing.T) {
	s := &source{value: "right"}
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

func TestOneReadServesAllWhoWait(t *testing.T) {
	s := &source{value: "right", latency: time.Second}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() { assert.NoError(t, c.Verify(t.Context(), "right")) })
		}
		wg.Wait()
		assert.Equal(t, 1, s.count())
	})
}

func TestACallerThatLeavesDoesNotEndTheReadForOthers(t *testing.T) {
	s := &source{value: "right", latency: time.Second}
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

func TestARotatedTokenWorksAtOnceAndTheOldOneNoMore(t *testing.T) {
	s := &source{value: "old"}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "old"))
		s.set("new", nil)
		require.NoError(t, c.Verify(t.Context(), "new"))
		require.ErrorIs(t, c.Verify(t.Context(), "old"), ErrInvalid)
	})
}

func TestGuessingCausesAtMostOneReadASecond(t *testing.T) {
	s := &source{value: "right"}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		for range 1000 {
			require.ErrorIs(t, c.Verify(t.Context(), "guess"), ErrInvalid)
			pass(10 * time.Millisecond)
		}
		assert.LessOrEqual(t, s.count(), 12)
	})
}

func TestTheLastGoodTokenServesWhileTheSourceFails(t *testing.T) {
	s := &source{value: "right"}
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

func TestRunRecoversAfterTheSourceHasFailed(t *testing.T) {
	s := &source{value: "right"}
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

func TestADeletedParameterCountsAtOnce(t *testing.T) {
	s := &source{value: "right"}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.NoError(t, c.Verify(t.Context(), "right"))
		s.set("", fmt.Errorf("ParameterNotFound: %w", ErrNotFound))
		pass(time.Minute)
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrNotFound)
		s.set("right", nil)
		pass(time.Minute)
		require.NoError(t, c.Verify(t.Context(), "right"))
	})
}

func TestWithoutAnyAnswerTheSourceIsUnavailable(t *testing.T) {
	s := &source{err: errDown}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		err := c.Verify(t.Context(), "right")
		require.ErrorIs(t, err, ErrUnavailable)
		require.ErrorIs(t, err, errDown)
		s.set("right", nil)
		require.NoError(t, c.Verify(t.Context(), "right"))
	})
}

func TestAbsenceThatCannotBeConfirmedIsNotServed(t *testing.T) {
	s := &source{err: ErrNotFound}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrNotFound)
		s.set("", errDown)
		pass(time.Minute)
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrUnavailable)
	})
}

func TestAReadThatHangsEnds(t *testing.T) {
	s := &source{value: "right", latency: time.Hour}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		started := time.Now()
		require.ErrorIs(t, c.Verify(t.Context(), "right"), ErrUnavailable)
		assert.Equal(t, 10*time.Second, time.Since(started))
	})
}

func TestRunReadsBeforeTheTokenGoesStale(t *testing.T) {
	s := &source{value: "right", latency: 50 * time.Millisecond}
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
