package follow

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// log is a log that answers polls, and may be added to meanwhile.
type log struct {
	mu     sync.Mutex
	events []Event
	polls  []time.Time
}

func (l *log) add(id string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, Event{ID: id, At: at})
}

func (l *log) source(_ context.Context, from time.Time) iter.Seq2[Event, error] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polls = append(l.polls, from)
	events := slices.Clone(l.events)
	return func(yield func(Event, error) bool) {
		for _, event := range events {
			if !event.At.Before(from) && !yield(event, nil) {
				return
			}
		}
	}
}

func TestEachEventIsShownOnceAlsoWhenItIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := &log{}
		l.add("a", start.Add(-time.Minute))
		l.add("b", start)
		l.add("too old", start.Add(-time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		var shown []string
		done := make(chan error)
		go func() {
			done <- Log(ctx, l.source, start.Add(-10*time.Minute), true, func(e Event) error {
				shown = append(shown, e.ID)
				return nil
			})
		}()
		synctest.Wait()
		l.add("c", start.Add(time.Second))
		time.Sleep(every) //nolint:forbidigo // the clock is synctest's
		synctest.Wait()
		l.add("late", start.Add(-30*time.Second))
		for range 3 {
			time.Sleep(every) //nolint:forbidigo // the clock is synctest's
			synctest.Wait()
		}
		cancel()
		require.NoError(t, <-done, "to end is no error")
		assert.Equal(t, []string{"a", "b", "c", "late"}, shown)
		assert.Equal(t, start.Add(time.Second-late), l.polls[len(l.polls)-1], "no more is read again than may be late")
	})
}

func TestWithoutFollowingTheLogIsReadOnce(t *testing.T) {
	l := &log{}
	l.add("a", time.Now())
	var shown int
	require.NoError(t, Log(t.Context(), l.source, time.Time{}, false, func(Event) error { shown++; return nil }))
	assert.Equal(t, 1, shown)
	assert.Len(t, l.polls, 1)
}

func TestErrorsEndTheFollowing(t *testing.T) {
	broken := errors.New("broken")
	failing := func(context.Context, time.Time) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) { yield(Event{}, broken) }
	}
	require.ErrorIs(t, Log(t.Context(), failing, time.Now(), true, nil), broken)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, Log(ended, failing, time.Now(), true, nil))

	l := &log{}
	l.add("a", time.Now())
	require.ErrorIs(t, Log(t.Context(), l.source, time.Time{}, true, func(Event) error { return broken }), broken)
}
