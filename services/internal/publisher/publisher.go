// Package publisher sends messages to the queue, several in one call when
// several are at hand.
//
// A message that comes alone leaves at once. While calls are out, newcomers
// gather and leave together: so the number of calls, which SQS charges for and
// the network limits, grows far slower than the number of messages, and none
// waits for company that may never come.
package publisher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// MaxBatch is the most entries of one SendMessageBatch.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const MaxBatch = 10

// Result is the fate of one entry of a batch.
type Result struct {
	// ID is the id that the queue gave the message.
	ID string
	// Err is why the entry was not taken.
	Err error
	// Final tells that sending the entry again is in vain.
	Final bool
}

// Queue is where messages go. An error of either call means that none of its
// messages is known to be taken, after as many attempts as are worth making.
type Queue interface {
	Send(ctx context.Context, body []byte) (id string, err error)
	// SendBatch sends up to MaxBatch messages and returns a result for each, in
	// order.
	SendBatch(ctx context.Context, bodies [][]byte) ([]Result, error)
}

// Options of a publisher.
type Options struct {
	Queue Queue
	// MaxCalls is how many calls may be out at once. A lone caller never needs
	// two; 12 keep up with 256 callers on a queue that answers in 10 ms, and
	// more only thin out the batches.
	MaxCalls int
	// MaxWaiting bounds the messages that are not out yet, MaxWaitingBytes
	// their size together.
	MaxWaiting      int
	MaxWaitingBytes int
	// MaxGather is how long a message waits for company while calls are out; it
	// keeps one slow call from holding up the rest.
	MaxGather time.Duration
	// Attempts is how often an entry that failed by itself is sent in all.
	Attempts int
	// CallTimeout bounds a call with all its retries.
	CallTimeout time.Duration
}

// Defaults are the options that the api runs with, but for Queue and Attempts.
func Defaults() Options {
	return Options{
		MaxCalls:        12,
		MaxWaiting:      2048,
		MaxWaitingBytes: 16 << 20,
		MaxGather:       25 * time.Millisecond,
		CallTimeout:     20 * time.Second,
	}
}

// Publisher sends messages. Close it when no more will come.
type Publisher struct {
	Options

	mu sync.Mutex
	// waiting are the messages that are not out, oldest first; those whose
	// caller has gone are skipped when their turn comes.
	waiting []*entry
	// room is what waits, retries in their pause included.
	room, roomBytes int
	calls           int
	gather          *time.Timer
	working         sync.WaitGroup
}

// entry is one message on its way.
type entry struct {
	body     []byte
	attempts int
	since    time.Time
	// gone is set when the caller stopped waiting before the message was out.
	gone bool
	// out is set while the message is part of a call.
	out  bool
	done chan Result
}

// New makes a publisher.
func New(o Options) *Publisher { return &Publisher{Options: o} }

// Publish sends body and returns the id that the queue gave it. Its error wraps
// ErrOverloaded where the waiting room is full. When ctx ends first, a message
// that is not out yet is not sent; one that is out may still be taken.
func (p *Publisher) Publish(ctx context.Context, body []byte) (string, error) {
	e := &entry{body: body, done: make(chan Result, 1)}
	if err := p.admit(e); err != nil {
		return "", err
	}
	select {
	case result := <-e.done:
		return result.ID, result.Err
	case <-ctx.Done():
		p.leave(e)
		return "", fmt.Errorf("waiting for the queue: %w", ctx.Err())
	}
}

func (p *Publisher) admit(e *entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.room >= p.MaxWaiting || p.roomBytes+len(e.body) > p.MaxWaitingBytes {
		return fmt.Errorf("%w (%d messages, %d bytes)", ErrOverloaded, p.room, p.roomBytes)
	}
	e.since = time.Now()
	p.working.Add(1)
	p.enter(e)
	p.waiting = append(p.waiting, e)
	p.dispatch()
	return nil
}

// enter and exit count what waits.
func (p *Publisher) enter(e *entry) { p.room++; p.roomBytes += len(e.body) }

func (p *Publisher) exit(e *entry) { p.room--; p.roomBytes -= len(e.body) }

// leave takes an entry whose caller has gone out of the waiting room.
func (p *Publisher) leave(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.out || e.gone || len(e.done) > 0 {
		return
	}
	e.gone = true
	p.exit(e)
	p.working.Done()
}

// dispatch starts the calls that are due; p.mu is held.
func (p *Publisher) dispatch() {
	for {
		p.dropGone()
		if len(p.waiting) == 0 || p.calls >= p.MaxCalls || !p.due() {
			p.schedule()
			return
		}
		batch := p.take()
		p.calls++
		go p.send(batch)
	}
}

// dropGone makes the first waiting entry one that somebody waits for.
func (p *Publisher) dropGone() {
	for len(p.waiting) > 0 && p.waiting[0].gone {
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
	}
}

// due tells whether the next batch leaves now: nothing is out, it is full, or
// its oldest message has waited long enough.
func (p *Publisher) due() bool {
	if p.calls == 0 || time.Since(p.waiting[0].since) >= p.MaxGather {
		return true
	}
	count, size := 0, 0
	for _, e := range p.waiting {
		if e.gone {
			continue
		}
		count, size = count+1, size+len(e.body)
		if count == MaxBatch || size > message.MaxBytes {
			return true
		}
	}
	return false
}

// schedule looks again when the oldest message will have waited long enough.
func (p *Publisher) schedule() {
	if len(p.waiting) == 0 || p.calls >= p.MaxCalls {
		return
	}
	wait := max(p.MaxGather-time.Since(p.waiting[0].since), 0)
	if p.gather != nil {
		p.gather.Stop()
	}
	p.gather = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}

// take removes the next batch from the waiting room.
func (p *Publisher) take() []*entry {
	batch := make([]*entry, 0, MaxBatch)
	size, next := 0, 0
	for ; next < len(p.waiting) && len(batch) < MaxBatch; next++ {
		e := p.waiting[next]
		if e.gone {
			continue
		}
		if len(batch) > 0 && size+len(e.body) > message.MaxBytes {
			break
		}
		size += len(e.body)
		e.out = true
		p.exit(e)
		batch = append(batch, e)
	}
	clear(p.waiting[:next])
	p.waiting = p.waiting[next:]
	return batch
}

// send makes one call and tells each entry its fate.
func (p *Publisher) send(batch []*entry) {
	results := p.call(batch)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	for i, e := range batch {
		e.attempts++
		result := results[i]
		if result.Err != nil && !result.Final && e.attempts < p.Attempts {
			p.again(e)
			continue
		}
		e.done <- result
		p.working.Done()
	}
	p.dispatch()
}

func (p *Publisher) call(batch []*entry) []Result {
	ctx, cancel := context.WithTimeout(context.Background(), p.CallTimeout)
	defer cancel()
	if len(batch) == 1 {
		id, err := p.Queue.Send(ctx, batch[0].body)
		return []Result{{ID: id, Err: err, Final: true}}
	}
	bodies := make([][]byte, len(batch))
	for i, e := range batch {
		bodies[i] = e.body
	}
	results, err := p.Queue.SendBatch(ctx, bodies)
	if err == nil {
		return results
	}
	results = make([]Result, len(batch))
	for i := range results {
		results[i] = Result{Err: err, Final: true}
	}
	return results
}

// again puts an entry that failed by itself back in line after a pause. It
// counts as waiting meanwhile, but may not be refused any more.
func (p *Publisher) again(e *entry) {
	e.out = false
	p.enter(e)
	time.AfterFunc(pause(e.attempts), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if e.gone {
			return
		}
		p.waiting = append([]*entry{e}, p.waiting...)
		p.dispatch()
	})
}

// pause doubles from 50 ms to 2 s; at least half of it is kept.
func pause(attempts int) time.Duration {
	ceiling := min(50*time.Millisecond<<min(attempts-1, 10), 2*time.Second)
	//nolint:gosec // spreads retries, guards nothing
	return ceiling/2 + rand.N(ceiling/2)
}

// Close waits until every message that was admitted has met its fate. Nothing
// may be published meanwhile.
func (p *Publisher) Close() {
	p.working.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gather != nil {
		p.gather.Stop()
	}
}
