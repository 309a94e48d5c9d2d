package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Errors of Receive.
var (
	ErrOverLimit = errors.New("too many messages in flight")
	ErrDeleted   = errors.New("the queue is deleted")
	// ErrClientGone is for a receive whose context has ended.
	ErrClientGone = errors.New("the client is gone")
)

// Request is one poll.
type Request struct {
	// Max is the most messages to return.
	Max int
	// Wait is how long to wait for a first message.
	Wait time.Duration
	// Visibility is how long to hide what is returned.
	Visibility time.Duration
	// Gone reports whether the client has gone, nil where only the context does.
	Gone func() bool
}

// Receive returns visible messages, and waits for the first. mu is the mutex that
// guards q: the caller holds it, and Receive releases it while it waits. A poll
// whose client has gone receives nothing.
func (q *Queue) Receive(ctx context.Context, mu sync.Locker, clock clockwork.Clock, r Request) ([]*Message, error) {
	deadline := clock.Now().Add(r.Wait)
	for {
		now := clock.Now()
		if q.inFlight >= MaxInFlight && r.Wait == 0 {
			return nil, ErrOverLimit
		}
		taken := q.take(now, r.Max, r.Visibility)
		if len(taken) > 0 || !now.Before(deadline) {
			return taken, nil
		}
		until := deadline
		if next, known := q.nextVisible(); known && next.Before(until) {
			until = next
		}
		q.await(ctx, mu, clock, until.Sub(now))
		switch {
		case ctx.Err() != nil, r.Gone != nil && r.Gone():
			return nil, ErrClientGone
		case q.deleted:
			return nil, ErrDeleted
		}
	}
}

// await releases mu until q changes, d has passed or ctx ends.
func (q *Queue) await(ctx context.Context, mu sync.Locker, clock clockwork.Clock, d time.Duration) {
	changed := q.changed
	timer := clock.NewTimer(d)
	defer timer.Stop()
	mu.Unlock()
	defer mu.Lock()
	select {
	case <-changed:
	case <-timer.Chan():
	case <-ctx.Done():
	}
}

// take receives up to limit messages. Those that were received too often move to
// the dead-letter queue instead, as in SQS: at the receive after the last.
func (q *Queue) take(now time.Time, limit int, visibility time.Duration) []*Message {
	q.settle(now)
	var taken []*Message
	for len(taken) < limit && q.inFlight < MaxInFlight {
		m := q.ready.pop()
		if m == nil {
			break
		}
		if q.expired(m, now) {
			q.remove(m)
			continue
		}
		if q.redrive(m, now) {
			continue
		}
		m.Receives++
		m.ReceivedAt = now
		if m.FirstReceived.IsZero() {
			m.FirstReceived = now
		}
		q.hide(m, now.Add(visibility), true)
		taken = append(taken, m)
	}
	return taken
}
