package cli

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// log is a log that answers polls, and may be added to meanwhile.
type fakeLog struct {
	mu     sync.Mutex
	events []aws.Event
	polls  []time.Time
}

func (l *fakeLog) add(id string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, aws.Event{ID: id, At: at})
}

func (l *fakeLog) source(_ context.Context, from time.Time) iter.Seq2[aws.Event, error] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polls = append(l.polls, from)
	events := slices.Clone(l.events)
	return func(yield func(aws.Event, error) bool) {
		for _, event := range events {
			if !event.At.Before(from) && !yield(event, nil) {
				return
			}
		}
	}
}

func TestFollow_lateEvents_areShownOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := &fakeLog{}
		l.add("a", start.Add(-time.Minute))
		l.add("b", start)
		l.add("too old", start.Add(-time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		var shown []string
		done := make(chan error)
		go func() {
			done <- followLog(ctx, l.source, start.Add(-10*time.Minute), true, func(e aws.Event) error {
				shown = append(shown, e.ID)
				return nil
			})
		}()
		synctest.Wait()
		l.add("c", start.Add(time.Second))
		time.Sleep(logPollEvery) //nolint:forbidigo // the clock is synctest's
		synctest.Wait()
		l.add("late", start.Add(-30*time.Second))
		for range 3 {
			time.Sleep(logPollEvery) //nolint:forbidigo // the clock is synctest's
			synctest.Wait()
		}
		cancel()
		require.NoError(t, <-done, "to end is no error")
		assert.Equal(t, []string{"a", "b", "c", "late"}, shown)
		assert.Equal(t, start.Add(time.Second-late), l.polls[len(l.polls)-1], "no more is read again than may be late")
	})
}

func TestLogs_withoutFollow_areReadOnce(t *testing.T) {
	l := &fakeLog{}
	l.add("a", time.Now())
	var shown int
	require.NoError(t, followLog(t.Context(), l.source, time.Time{}, false, func(aws.Event) error { shown++; return nil }))
	assert.Equal(t, 1, shown)
	assert.Len(t, l.polls, 1)
}

func TestFollow_error_endsIt(t *testing.T) {
	broken := errors.New("broken")
	failing := func(context.Context, time.Time) iter.Seq2[aws.Event, error] {
		return func(yield func(aws.Event, error) bool) { yield(aws.Event{}, broken) }
	}
	require.ErrorIs(t, followLog(t.Context(), failing, time.Now(), true, nil), broken)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, followLog(ended, failing, time.Now(), true, nil))

	l := &fakeLog{}
	l.add("a", time.Now())
	require.ErrorIs(t, followLog(t.Context(), l.source, time.Time{}, true, func(aws.Event) error { return broken }), broken)
}
