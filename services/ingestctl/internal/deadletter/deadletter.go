// Package deadletter looks into a dead-letter queue, says what is wrong with the
// messages in it, and moves them back.
package deadletter

import (
	"context"
	"fmt"
	"time"
)

const (
	// Hidden is how long a message that is looked at is hidden from others: SQS
	// has no way of looking at a message without receiving it.
	Hidden = 30 * time.Second
	// lookFor ends a look before the first messages reappear and are received again.
	lookFor = 20 * time.Second
	// releaseWithin is how long returning messages may take.
	releaseWithin = 10 * time.Second
)

// Message is a message in the queue.
type Message struct {
	ID string
	// Handle is the receipt handle of this receive.
	Handle string
	Body   []byte
	// SentAt is when it was first sent: moving to the dead-letter queue keeps it.
	SentAt time.Time
	// Receives counts this receive as well.
	Receives int
	// IdempotencyKey is the client's, empty if it gave none.
	IdempotencyKey string
}

// Queue is what looking needs of a queue.
type Queue interface {
	// Receive receives up to 10 messages and hides them. Without messages, none
	// can be received at present.
	Receive(ctx context.Context, hidden time.Duration) ([]Message, error)
	// Release lets messages be received again.
	Release(ctx context.Context, handles []string) error
}

// Outcome is how far a look came.
type Outcome struct {
	// Seen is how many messages were looked at.
	Seen int
	// Complete is set when no further message could be received. Others
	// may still be hidden.
	Complete bool
}

// Look receives messages and calls visit with each until that returns false, no
// message is left, or it takes too long. Then it returns them to the queue at once.
func Look(ctx context.Context, queue Queue, visit func(Message) (more bool)) (outcome Outcome, err error) {
	var handles []string
	seen := map[string]bool{}
	defer func() {
		if len(handles) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
		defer cancel()
		if failed := queue.Release(ctx, handles); failed != nil && err == nil {
			err = fmt.Errorf("returning messages, which now reappear within %s: %w", Hidden, failed)
		}
	}()
	for started := time.Now(); time.Since(started) < lookFor; {
		batch, err := queue.Receive(ctx, Hidden)
		if err != nil {
			return outcome, err
		}
		if len(batch) == 0 {
			outcome.Complete = true
			return outcome, nil
		}
		more := true
		for _, message := range batch {
			handles = append(handles, message.Handle)
			if seen[message.ID] || !more {
				continue
			}
			seen[message.ID] = true
			outcome.Seen++
			more = visit(message)
		}
		if !more {
			return outcome, nil
		}
	}
	return outcome, nil
}
