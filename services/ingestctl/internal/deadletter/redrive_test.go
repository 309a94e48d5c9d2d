package deadletter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fakeMover struct {
	latest func(ctx context.Context) (Move, bool, error)
	start  func(rate int) error
	cancel func(handle string) error
}

func (f fakeMover) LatestMove(ctx context.Context) (Move, bool, error) { return f.latest(ctx) }
func (f fakeMover) StartMove(_ context.Context, rate int) error        { return f.start(rate) }
func (f fakeMover) CancelMove(ctx context.Context, handle string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return f.cancel(handle)
}

// moves answers them in turn, the last one for good; nil says that there is none.
func moves(all ...*Move) func(context.Context) (Move, bool, error) {
	return func(ctx context.Context) (Move, bool, error) {
		if ctx.Err() != nil {
			return Move{}, false, ctx.Err()
		}
		next := all[0]
		if len(all) > 1 {
			all = all[1:]
		}
		if next == nil {
			return Move{}, false, nil
		}
		return *next, true, nil
	}
}

func running(moved int64, began int) *Move {
	return &Move{Handle: "h", Status: MoveRunning, Moved: moved, Total: 9, Started: time.Unix(int64(began), 0)}
}

func ended(status string, began int) *Move {
	return &Move{Status: status, Moved: 9, Total: 9, Started: time.Unix(int64(began), 0)}
}

func TestRedrive_startsAMoveAndFollowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rates []int
		var moved []int64
		got, err := Redrive(t.Context(), fakeMover{
			// The list still shows the move of yesterday for a moment.
			latest: moves(ended(MoveCancelled, 1), ended(MoveCancelled, 1), running(0, 2), running(4, 2), ended(MoveCompleted, 2)),
			start:  func(rate int) error { rates = append(rates, rate); return nil },
		}, 25, Progress{Moved: func(m Move) { moved = append(moved, m.Moved) }})
		require.NoError(t, err)
		assert.Equal(t, *ended(MoveCompleted, 2), got)
		assert.Equal(t, []int{25}, rates)
		assert.Equal(t, []int64{0, 4, 9}, moved)
	})
}

func TestRedrive_runningMove_isFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		joined := 0
		got, err := Redrive(t.Context(), fakeMover{
			latest: moves(running(3, 2), running(5, 2), ended(MoveFailed, 2)),
		}, 0, Progress{Joined: func(Move) { joined++ }, Moved: func(Move) {}})
		require.NoError(t, err)
		assert.Equal(t, MoveFailed, got.Status)
		assert.Equal(t, 1, joined)
	})
}

func TestRedrive_interrupted_cancelsItsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled []string
		got, err := Redrive(ctx, fakeMover{
			latest: moves(nil, running(1, 2), running(2, 2), ended(MoveCancelled, 2)),
			start:  func(int) error { return nil },
			cancel: func(handle string) error { cancelled = append(cancelled, handle); return nil },
		}, 0, Progress{Moved: func(Move) { cancel() }})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, MoveCancelled, got.Status)
		assert.Equal(t, []string{"h"}, cancelled)
	})
}

func TestRedrive_finishedMove_isNotCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, last := range []*Move{ended(MoveCompleted, 2), ended(MoveCompleted, 1)} {
			ctx, cancel := context.WithCancel(t.Context())
			got, err := Redrive(ctx, fakeMover{
				latest: moves(ended(MoveCompleted, 1), running(1, 2), last),
				start:  func(int) error { return nil },
			}, 0, Progress{Moved: func(Move) { cancel() }})
			require.ErrorIs(t, err, context.Canceled)
			assert.NotEqual(t, MoveRunning, got.Status)
		}
	})
}

func TestRedrive_errors_areReturned(t *testing.T) {
	broken := errors.New("broken")
	failing := func(context.Context) (Move, bool, error) { return Move{}, false, broken }
	for _, mover := range []fakeMover{
		{latest: failing},
		{latest: moves(nil), start: func(int) error { return broken }},
	} {
		_, err := Redrive(t.Context(), mover, 0, Progress{})
		require.ErrorIs(t, err, broken)
	}
}
