package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// Statuses of a move, as ListMessageMoveTasks answers them.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html
const (
	MoveRunning    = "RUNNING"
	MoveCancelling = "CANCELLING"
	MoveCompleted  = "COMPLETED"
	MoveCancelled  = "CANCELLED"
	MoveFailed     = "FAILED"
)

// Move is a task of SQS's that moves messages back to their queue.
type Move struct {
	// Handle names a move that runs; it is empty for one that is over.
	Handle string `json:"-"`
	Status string `json:"status"`
	// Moved and Total are SQS's approximations.
	Moved int64 `json:"moved"`
	Total int64 `json:"total"`
	// Failure is SQS's word for why the move failed.
	Failure string    `json:"failure,omitempty"`
	Started time.Time `json:"started"`
}

func (m Move) over() bool { return m.Status != MoveRunning && m.Status != MoveCancelling }

// Mover is what a redrive needs of SQS.
type Mover interface {
	// LatestMove is the move out of the queue that was started last; found is
	// false where there was none.
	LatestMove(ctx context.Context) (move Move, found bool, err error)
	// StartMove moves at most rate messages a second; 0 lets SQS choose.
	StartMove(ctx context.Context, rate int) error
	// CancelMove stops a move. What it has moved stays moved.
	CancelMove(ctx context.Context, handle string) error
}

// Progress is told how far a move is.
type Progress struct {
	// Joined is called instead of starting where a move runs already.
	Joined func(Move)
	// Moved is called each time that a move was asked for.
	Moved func(Move)
}

const (
	askEvery = time.Second
	// cancelWithin is how long a cancelled move is watched.
	cancelWithin = 10 * time.Second
)

// Redrive moves the queue's messages back and waits until that is over. SQS runs
// one move of a queue at a time: where one runs, Redrive follows that. When ctx
// ends it cancels the move, and returns how far it came with ctx's error.
func Redrive(ctx context.Context, mover Mover, rate int, progress Progress) (Move, error) {
	last, found, err := mover.LatestMove(ctx)
	if err != nil {
		return Move{}, err
	}
	// before is the move that was over before this one began.
	var before time.Time
	switch {
	case found && !last.over():
		progress.Joined(last)
	default:
		before = last.Started
		if err := mover.StartMove(ctx, rate); err != nil {
			return Move{}, err
		}
	}
	move, err := follow(ctx, mover, before, progress.Moved)
	if ctx.Err() == nil {
		return move, err
	}
	stopped, err := cancelMove(context.WithoutCancel(ctx), mover, before)
	return stopped, errors.Join(ctx.Err(), err)
}

// follow asks until the move that began after before is over.
func follow(ctx context.Context, mover Mover, before time.Time, moved func(Move)) (Move, error) {
	for {
		move, found, err := mover.LatestMove(ctx)
		if err != nil {
			return move, err
		}
		if found && move.Started.After(before) {
			moved(move)
			if move.over() {
				return move, nil
			}
		}
		if !backoff.Sleep(ctx, askEvery) {
			return move, fmt.Errorf("waiting for the move: %w", ctx.Err())
		}
	}
}

func cancelMove(ctx context.Context, mover Mover, before time.Time) (Move, error) {
	ctx, cancel := context.WithTimeout(ctx, cancelWithin)
	defer cancel()
	move, _, err := mover.LatestMove(ctx)
	switch {
	case err != nil:
		return Move{}, err
	case !move.Started.After(before):
		return Move{}, nil // it had not begun
	case move.over():
		return move, nil
	}
	if err := mover.CancelMove(ctx, move.Handle); err != nil {
		return move, err
	}
	return follow(ctx, mover, before, func(Move) {})
}
