// Package publisher sends messages to the queue, several in one call where
// several are pending.
//
// A message that comes alone is sent at once. While calls are in flight, further
// messages gather and are sent together, so that the number of calls, which SQS
// charges for, grows more slowly than the number of messages.
//
// A message is pending, in flight, paused before a retry, or finished:
//
//	Publish   add        → pending
//	pending   remove     → in flight   when a call is due
//	pending   refuseLate → finished    after MaxWait
//	pending   abandon    → finished    when its client has gone
//	in flight conclude   → finished    with the queue's result
//	in flight conclude   → paused      when it failed alone and has attempts left
//	paused    retry      → pending     after the pause
//	paused    abandon    → finished    when its client has gone
package publisher

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/message"
)

// Publisher sends messages. Close it when no more will come.
type Publisher struct {
	options Options

	// sending is the context of every call: it is not a client's, since several
	// clients share a call.
	sending context.Context
	cancel  context.CancelFunc

	mu sync.Mutex
	// pending are the messages to send, oldest first.
	pending []*entry
	// held and heldBytes count what is pending or paused.
	held, heldBytes int
	// calls are in flight.
	calls int
	// wake sends what is due, and refuses what has waited too long.
	wake   *time.Timer
	closed bool
	// unfinished counts the messages that were added and are not finished.
	unfinished sync.WaitGroup
}

// New makes a publisher.
func New(o Options) *Publisher {
	p := &Publisher{options: o}
	p.sending, p.cancel = context.WithCancel(context.Background())
	p.wake = time.AfterFunc(o.MaxWait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sendDue()
	})
	p.wake.Stop()
	return p
}

// Publish sends m and returns the id that the queue gave it. Its error wraps
// ErrOverloaded when too much is pending or the wait is too long, ErrClosed after
// Close. When ctx ends, a message that is not in flight within Grace is not sent and the
// error wraps ErrNotSent and ctx's; of one that is in flight, the result is awaited.
func (p *Publisher) Publish(ctx context.Context, m Message) (string, error) {
	return p.publish(ctx, newEntry(m))
}

func (p *Publisher) publish(ctx context.Context, e *entry) (string, error) {
	if err := p.add(e); err != nil {
		return "", err
	}
	select {
	case result := <-e.result:
		return result.ID, result.Err
	case <-ctx.Done():
	}
	grace := time.NewTimer(p.options.Grace)
	defer grace.Stop()
	select {
	case result := <-e.result:
		return result.ID, result.Err
	case <-grace.C:
	}
	p.abandon(e, ctx.Err())
	result := <-e.result
	return result.ID, result.Err
}

// Close refuses further messages and waits until every message that was added is
// finished. When ctx ends first, the calls in flight are cancelled, the clients
// get errors, and Close returns the reason.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	finished := make(chan struct{})
	go func() { p.unfinished.Wait(); close(finished) }()
	var err error
	select {
	case <-finished:
	case <-ctx.Done():
		err = fmt.Errorf("finishing what is being sent: %w", ctx.Err())
	}
	p.cancel()
	<-finished
	return err
}

// add makes a new message pending, if the bounds allow.
func (p *Publisher) add(e *entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.held >= p.options.MaxPending || p.heldBytes+e.size() > p.options.MaxPendingBytes {
		return fmt.Errorf("%w (%d messages, %d bytes)", ErrOverloaded, p.held, p.heldBytes)
	}
	p.unfinished.Add(1)
	p.hold(e)
	p.enqueue(e)
	return nil
}

// enqueue puts a message behind all that are pending; p.mu is held.
func (p *Publisher) enqueue(e *entry) {
	e.since = time.Now()
	p.pending = append(p.pending, e)
	p.sendDue()
}

// sendDue refuses what has waited too long, starts the calls that are due, and
// sets the timer for the next one; p.mu is held.
func (p *Publisher) sendDue() {
	p.refuseLate()
	for batch := p.nextCall(); batch != nil; batch = p.nextCall() {
		go p.send(batch)
	}
	if len(p.pending) == 0 {
		p.wake.Stop()
		return
	}
	wait := p.options.MaxWait
	if p.calls < p.options.MaxCalls {
		wait = min(wait, p.options.MaxGather)
	}
	p.wake.Reset(max(wait-time.Since(p.pending[0].since), 0))
}

// refuseLate refuses what has waited too long; p.mu is held.
func (p *Publisher) refuseLate() {
	late := 0
	for ; late < len(p.pending) && time.Since(p.pending[late].since) >= p.options.MaxWait; late++ {
		e := p.pending[late]
		p.release(e)
		p.finish(e, Result{Err: fmt.Errorf("%w (waited %s)", ErrOverloaded, time.Since(e.since).Round(time.Millisecond))})
	}
	p.pending = slices.Delete(p.pending, 0, late)
}

// nextCall removes the batch of a call that is due, and counts the call; it returns nil
// when no call is due. p.mu is held.
func (p *Publisher) nextCall() []*entry {
	if p.calls == p.options.MaxCalls || !p.due() {
		return nil
	}
	p.calls++
	return p.remove()
}

// due reports whether a call starts now: none is in flight, a batch is full, or
// the oldest message has waited for others long enough. p.mu is held.
func (p *Publisher) due() bool {
	if len(p.pending) == 0 {
		return false
	}
	if p.calls == 0 || time.Since(p.pending[0].since) >= p.options.MaxGather {
		return true
	}
	size := 0
	for i, e := range p.pending {
		size += e.size()
		if i+1 == MaxBatch || size > message.MaxBytes {
			return true
		}
	}
	return false
}

// remove takes the next batch out of the pending messages; p.mu is held.
func (p *Publisher) remove() []*entry {
	size, count := 0, 0
	for count < min(len(p.pending), MaxBatch) {
		size += p.pending[count].size()
		if count > 0 && size > message.MaxBytes {
			break
		}
		count++
	}
	batch := slices.Clone(p.pending[:count])
	p.pending = slices.Delete(p.pending, 0, count)
	for _, e := range batch {
		e.inFlight = true
		p.release(e)
	}
	return batch
}

// send makes a call, and the next ones that are due when it ends: a new goroutine
// would have to grow its stack again.
func (p *Publisher) send(batch []*entry) {
	for batch != nil {
		batch = p.conclude(batch, p.call(batch))
	}
}

// conclude finishes the messages of a call, or has them sent again. It returns the
// batch of a call that is due now, if there is one.
func (p *Publisher) conclude(batch []*entry, results []Result) (next []*entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	for i, e := range batch {
		e.inFlight = false
		e.attempts++
		result := results[i]
		again := result.Err != nil && !result.Permanent && !e.gone && e.attempts < p.options.Attempts
		if !again || p.sending.Err() != nil {
			p.finish(e, result)
			continue
		}
		p.hold(e)
		e.pause = time.AfterFunc(retryDelay.After(e.attempts), func() { p.retry(e) })
	}
	p.refuseLate()
	next = p.nextCall()
	p.sendDue()
	return next
}

// call sends a batch; its entries share the error of the call.
func (p *Publisher) call(batch []*entry) []Result {
	ctx, cancel := context.WithTimeout(p.sending, p.options.CallTimeout)
	defer cancel()
	if len(batch) == 1 {
		id, err := p.options.Queue.Send(ctx, batch[0].Message)
		return []Result{{ID: id, Err: err, Permanent: true}}
	}
	messages := make([]Message, len(batch))
	for i, e := range batch {
		messages[i] = e.Message
	}
	results, err := p.options.Queue.SendBatch(ctx, messages)
	if err == nil {
		return results
	}
	return slices.Repeat([]Result{{Err: err, Permanent: true}}, len(batch))
}

// retry makes a message pending again after its pause.
func (p *Publisher) retry(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !e.finished {
		p.enqueue(e)
	}
}

// retryDelay is the delay before an entry is sent again, at most 2 s.
var retryDelay = backoff.Policy{First: 50 * time.Millisecond, Last: 1600 * time.Millisecond}
