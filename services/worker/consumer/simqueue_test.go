package consumer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

const maxReceives = 5

// simMessage is a message in a simQueue.
type simMessage struct {
	id        string
	body      string
	key       string // idempotency key
	visibleAt time.Time
	received  time.Time
	receives  int
	handle    string
}

// simQueue is SQS as far as a consumer can tell, on the time package's clock,
// which testing/synctest fakes: visibility, receive counts, receipt handles
// that die, redrive, the limit of MaxInFlight.
type simQueue struct {
	latency time.Duration
	// fail may answer a call with an error instead; op is the method's name.
	fail func(op string) error
	// failEntry may do so for one entry of a batch.
	failEntry func(op, id string) error

	mu       sync.Mutex
	messages []*simMessage
	dead     []*simMessage
	changed  chan struct{}
	sizes    map[string][]int // of each call
	delays   map[string][]time.Duration
}

func newSimQueue(n int) *simQueue {
	q := &simQueue{
		changed: make(chan struct{}), sizes: map[string][]int{}, delays: map[string][]time.Duration{},
	}
	for i := range n {
		q.send(fmt.Sprintf("m%04d", i))
	}
	return q
}

func (q *simQueue) send(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, &simMessage{id: id, body: "body of " + id, visibleAt: time.Now()})
	q.wake()
}

func (q *simQueue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *simQueue) call(ctx context.Context, op string, size int) error {
	q.mu.Lock()
	q.sizes[op] = append(q.sizes[op], size)
	latency, fail := q.latency, q.fail
	q.mu.Unlock()
	if !backoff.Sleep(ctx, latency) {
		return ctx.Err()
	}
	if fail != nil {
		return fail(op)
	}
	return nil
}

func (q *simQueue) Receive(ctx context.Context, request ReceiveRequest) ([]Delivery, error) {
	if err := q.call(ctx, "Receive", request.Max); err != nil {
		return nil, err
	}
	end := time.Now().Add(request.Wait)
	for {
		got, next, changed := q.take(request)
		if len(got) > 0 || !time.Now().Before(end) {
			return got, nil
		}
		if next.IsZero() || next.After(end) {
			next = end
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		timer.Stop()
	}
}

func (q *simQueue) take(request ReceiveRequest) (got []Delivery, next time.Time, changed <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	var kept []*simMessage
	for _, m := range q.messages {
		switch {
		case m.visibleAt.After(now):
			if next.IsZero() || m.visibleAt.Before(next) {
				next = m.visibleAt
			}
		case len(got) == request.Max:
		case m.receives == maxReceives:
			q.dead = append(q.dead, m)
			continue
		default:
			m.receives++
			m.handle = fmt.Sprintf("%s#%d", m.id, m.receives)
			m.received, m.visibleAt = now, now.Add(request.Visibility)
			got = append(got, Delivery{
				ID: m.id, Handle: m.handle, Body: []byte(m.body), Receives: m.receives, IdempotencyKey: m.key,
			})
		}
		kept = append(kept, m)
	}
	q.messages = kept
	return got, next, q.changed
}

// batch calls do for the message that each handle still stands for.
func (q *simQueue) batch(op string, handles []string, do func(i int, m *simMessage) error) []error {
	q.mu.Lock()
	defer q.mu.Unlock()
	results := make([]error, len(handles))
	for i, handle := range handles {
		id, _, _ := strings.Cut(handle, "#")
		if q.failEntry != nil {
			if results[i] = q.failEntry(op, id); results[i] != nil {
				continue
			}
		}
		results[i] = fmt.Errorf("%w: %s is dead", ErrPermanent, handle)
		for _, m := range q.messages {
			if m.handle == handle {
				results[i] = do(i, m)
			}
		}
	}
	q.wake()
	return results
}

func (q *simQueue) DeleteBatch(ctx context.Context, handles []string) ([]error, error) {
	if err := q.call(ctx, "DeleteBatch", len(handles)); err != nil {
		return nil, err
	}
	return q.batch("DeleteBatch", handles, func(_ int, gone *simMessage) error {
		var kept []*simMessage
		for _, m := range q.messages {
			if m != gone {
				kept = append(kept, m)
			}
		}
		q.messages = kept
		return nil
	}), nil
}

func (q *simQueue) ChangeVisibilityBatch(ctx context.Context, changes []VisibilityChange) ([]error, error) {
	if err := q.call(ctx, "ChangeVisibilityBatch", len(changes)); err != nil {
		return nil, err
	}
	handles := make([]string, len(changes))
	for i, change := range changes {
		handles[i] = change.Handle
	}
	return q.batch("ChangeVisibilityBatch", handles, func(i int, m *simMessage) error {
		now := time.Now()
		if m.visibleAt.Before(now) {
			return fmt.Errorf("%w: not in flight", ErrPermanent)
		}
		until := now.Add(changes[i].Timeout)
		if until.Sub(m.received) > MaxInFlight {
			return fmt.Errorf("%w: beyond %s", ErrPermanent, MaxInFlight)
		}
		m.visibleAt = until
		q.delays[m.id] = append(q.delays[m.id], changes[i].Timeout)
		return nil
	}), nil
}

// change sets fields while a consumer is at work.
func (q *simQueue) change(set func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	set()
}

// purge deletes every message.
func (q *simQueue) purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = nil
}

// purgeVisible deletes what is not in flight.
func (q *simQueue) purgeVisible() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m *simMessage) bool { return !m.visibleAt.After(time.Now()) })
}

// left is how many messages are neither deleted nor dead.
func (q *simQueue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// batches are the sizes of the calls of op so far.
func (q *simQueue) batches(op string) []int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.sizes[op])
}

// mostReceives is the highest receive count of what is left.
func (q *simQueue) mostReceives() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	most := 0
	for _, m := range q.messages {
		most = max(most, m.receives)
	}
	return most
}

func (q *simQueue) visible() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, m := range q.messages {
		if !m.visibleAt.After(time.Now()) {
			n++
		}
	}
	return n
}
