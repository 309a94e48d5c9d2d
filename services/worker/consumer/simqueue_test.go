package consumer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/jonboulle/clockwork"
)

const (
	maxReceives  = 5
	keyAttribute = "key"
)

// simQueue is a queue of the fake AWS without SQS's protocol, on the time
// package's clock, which testing/synctest fakes.
type simQueue struct {
	latency time.Duration
	// fail may answer a call with an error instead; op is the method's name.
	fail func(op string) error
	// failEntry may do so for one entry of a batch.
	failEntry func(op, id string) error

	mu         sync.Mutex
	queue, dlq *queue.Queue
	sizes      map[string][]int // of each call
	delays     map[string][]time.Duration
}

func newSimQueue(n int) *simQueue {
	const retention = 14 * 24 * time.Hour
	q := &simQueue{
		queue: queue.New("queue", retention), dlq: queue.New("dlq", retention),
		sizes: map[string][]int{}, delays: map[string][]time.Duration{},
	}
	q.queue.Redrive = &queue.Redrive{MaxReceives: maxReceives, Target: func() *queue.Queue { return q.dlq }}
	for i := range n {
		q.send(fmt.Sprintf("m%04d", i))
	}
	return q
}

func (q *simQueue) send(id string) {
	q.change(func() { q.queue.Send(&queue.Message{ID: id, Body: "body of " + id}, time.Now(), 0) })
}

// sendKeyed sends a message with an idempotency key.
func (q *simQueue) sendKeyed(id, key, body string) {
	attributes := map[string]queue.Attribute{keyAttribute: {StringValue: key}}
	q.change(func() { q.queue.Send(&queue.Message{ID: id, Body: body, Attributes: attributes}, time.Now(), 0) })
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
	q.mu.Lock()
	defer q.mu.Unlock()
	taken, err := q.queue.Receive(ctx, &q.mu, clockwork.NewRealClock(), queue.Request{
		Max: request.Max, Wait: request.Wait, Visibility: request.Visibility,
	})
	var got []Delivery
	for _, m := range taken {
		got = append(got, Delivery{
			ID: m.ID, Handle: q.queue.Handle(m), Body: []byte(m.Body), Receives: m.Receives, SentAt: m.SentAt,
			IdempotencyKey: m.Attributes[keyAttribute].StringValue,
		})
	}
	return got, err
}

// batch calls do for the message of each handle.
func (q *simQueue) batch(op string, handles []string, do func(i int, m *queue.Message) error) []error {
	q.mu.Lock()
	defer q.mu.Unlock()
	results := make([]error, len(handles))
	for i, handle := range handles {
		m, err := q.queue.ByHandle(handle)
		if err == nil && q.failEntry != nil {
			if results[i] = q.failEntry(op, m.ID); results[i] != nil {
				continue
			}
		}
		if err == nil {
			err = do(i, m)
		}
		if err != nil {
			results[i] = fmt.Errorf("%w: %w", ErrPermanent, err)
		}
	}
	return results
}

func (q *simQueue) DeleteBatch(ctx context.Context, handles []string) ([]error, error) {
	if err := q.call(ctx, "DeleteBatch", len(handles)); err != nil {
		return nil, err
	}
	return q.batch("DeleteBatch", handles, func(i int, _ *queue.Message) error {
		return q.queue.DeleteMessage(handles[i])
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
	return q.batch("ChangeVisibilityBatch", handles, func(i int, m *queue.Message) error {
		err := q.queue.ChangeVisibility(handles[i], time.Now(), changes[i].Timeout)
		if err == nil {
			q.delays[m.ID] = append(q.delays[m.ID], changes[i].Timeout)
		}
		return err
	}), nil
}

// change sets fields while a consumer is running.
func (q *simQueue) change(set func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	set()
}

// purge deletes every message.
func (q *simQueue) purge() { q.change(q.queue.Purge) }

// purgeVisible deletes what is not in flight.
func (q *simQueue) purgeVisible() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.queue.Messages(time.Now()) {
		if !m.InFlight {
			_ = q.queue.DeleteMessage(q.queue.Handle(m))
		}
	}
}

// counts is what the queue holds; messages in the dead-letter queue do not count.
func (q *simQueue) counts() queue.Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.queue.Counts(time.Now())
}

func (q *simQueue) left() int { return q.counts().Total() }

func (q *simQueue) visible() int { return q.counts().Visible }

// dead are the ids of the messages in the dead-letter queue.
func (q *simQueue) dead() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []string
	for _, m := range q.dlq.Messages(time.Now()) {
		ids = append(ids, m.ID)
	}
	return ids
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
	for _, m := range q.queue.Messages(time.Now()) {
		most = max(most, m.Receives)
	}
	return most
}
