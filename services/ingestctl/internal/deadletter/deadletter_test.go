package deadletter

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeQueue is a queue of function fields; one that is not set panics.
type fakeQueue struct {
	receive func(hidden time.Duration) ([]Message, error)
	release func(ctx context.Context, handles []string) error
}

func (f fakeQueue) Receive(_ context.Context, hidden time.Duration) ([]Message, error) {
	return f.receive(hidden)
}

func (f fakeQueue) Release(ctx context.Context, handles []string) error {
	return f.release(ctx, handles)
}

// batches answers them in turn, then nothing.
func batches(all ...[]Message) func(time.Duration) ([]Message, error) {
	return func(time.Duration) ([]Message, error) {
		if len(all) == 0 {
			return nil, nil
		}
		next := all[0]
		all = all[1:]
		return next, nil
	}
}

func letter(id string) Message { return Message{ID: id, Handle: "handle of " + id} }

// keep records what is returned.
func keep(into *[]string) func(context.Context, []string) error {
	return func(ctx context.Context, handles []string) error {
		*into = handles
		return ctx.Err()
	}
}

func visitAll(into *[]string) func(Message) bool {
	return func(m Message) bool {
		*into = append(*into, m.ID)
		return true
	}
}

func TestLook_seesEachMessageOnceAndReturnsIt(t *testing.T) {
	var seen, released []string
	outcome, err := Look(t.Context(), fakeQueue{
		receive: batches([]Message{letter("a"), letter("b")}, []Message{letter("b"), letter("c")}),
		release: keep(&released),
	}, visitAll(&seen))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, seen)
	assert.Equal(t, Outcome{Seen: 3, Complete: true}, outcome)
	assert.Equal(t, []string{"handle of a", "handle of b", "handle of b", "handle of c"}, released)
}

func TestLook_visitorStops_ends(t *testing.T) {
	var released []string
	outcome, err := Look(t.Context(), fakeQueue{
		receive: batches([]Message{letter("a"), letter("b"), letter("c")}),
		release: keep(&released),
	}, func(m Message) bool { return m.ID != "b" })
	require.NoError(t, err)
	assert.Equal(t, Outcome{Seen: 2}, outcome)
	assert.Len(t, released, 3, "what was received and not visited is returned, too")
}

func TestLook_endsBeforeMessagesReappear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		calls := 0
		started := time.Now()
		outcome, err := Look(t.Context(), fakeQueue{
			receive: func(hidden time.Duration) ([]Message, error) {
				<-time.After(time.Second)
				calls++
				assert.Equal(t, Hidden, hidden)
				return []Message{letter(fmt.Sprint(calls))}, nil
			},
			release: func(context.Context, []string) error { return nil },
		}, visitAll(&seen))
		require.NoError(t, err)
		assert.False(t, outcome.Complete)
		assert.Less(t, time.Since(started), Hidden)
		assert.Len(t, seen, calls)
	})
}

func TestLook_contextEnds_messagesAreReturned(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var released []string
	_, err := Look(ctx, fakeQueue{
		receive: func(time.Duration) ([]Message, error) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			cancel()
			return []Message{letter("a")}, nil
		},
		release: keep(&released),
	}, func(Message) bool { return true })
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"handle of a"}, released)
}

func TestLook_error_isReturned(t *testing.T) {
	broken := errors.New("broken")
	_, err := Look(t.Context(), fakeQueue{
		receive: func(time.Duration) ([]Message, error) { return nil, broken },
	}, func(Message) bool { return true })
	require.ErrorIs(t, err, broken, "nothing was received, and nothing is returned")

	_, err = Look(t.Context(), fakeQueue{
		receive: batches([]Message{letter("a")}),
		release: func(context.Context, []string) error { return broken },
	}, func(Message) bool { return true })
	require.EqualError(t, err, "returning messages, which now reappear within 30s: broken")
}
