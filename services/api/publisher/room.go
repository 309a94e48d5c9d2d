package publisher

import (
	"fmt"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// admit takes a message into the waiting room, if there is room.
func (p *Publisher) admit(e *entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
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
		p.dropIdle()
		if len(p.waiting) == 0 || p.calls >= p.MaxCalls || !p.due() {
			p.schedule()
			return
		}
		batch := p.take()
		p.calls++
		go p.send(batch)
	}
}

// dropIdle makes the first waiting entry one that is still to be sent: not one
// whose caller has gone, nor one that has waited too long. A retry is never too
// late: its attempts are counted instead.
func (p *Publisher) dropIdle() {
	for len(p.waiting) > 0 {
		first := p.waiting[0]
		if !first.gone {
			waited := time.Since(first.since)
			if first.attempts > 0 || waited < p.MaxWait {
				return
			}
			p.exit(first)
			p.settle(first, Result{Err: fmt.Errorf("%w (waited %s)", ErrOverloaded, waited.Round(time.Millisecond))})
		}
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
	}
}

// settle tells the caller of an entry its fate.
func (p *Publisher) settle(e *entry, fate Result) {
	e.done <- fate
	p.working.Done()
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

// schedule looks again when the oldest message will have waited long enough. A
// timer that is set already rings no later than that, since it was set for an
// older one.
func (p *Publisher) schedule() {
	if len(p.waiting) == 0 || p.calls >= p.MaxCalls || p.gathering {
		return
	}
	p.gathering = true
	wait := max(p.MaxGather-time.Since(p.waiting[0].since), 0)
	if p.gather == nil {
		p.gather = time.AfterFunc(wait, p.gathered)
		return
	}
	p.gather.Reset(wait)
}

func (p *Publisher) gathered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gathering = false
	p.dispatch()
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
