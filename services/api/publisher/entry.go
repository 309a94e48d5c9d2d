package publisher

import (
	"fmt"
	"slices"
	"time"
)

// entry is one message. Its fields are guarded by Publisher.mu.
type entry struct {
	Message
	// since is when the message last became pending.
	since time.Time
	// attempts counts the calls that the message was part of.
	attempts int
	inFlight bool
	// gone is set when the client left: the message is not sent again.
	gone bool
	// pause ends the wait before a retry.
	pause    *time.Timer
	finished bool
	// result receives the one result.
	result chan Result
}

func newEntry(m Message) *entry { return &entry{Message: m, result: make(chan Result, 1)} }

// abandon finishes a message whose client has gone; one that is in flight is
// finished by its call.
func (p *Publisher) abandon(e *entry, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.gone = true
	if e.inFlight || e.finished {
		return
	}
	if i := slices.Index(p.pending, e); i >= 0 {
		p.pending = slices.Delete(p.pending, i, i+1)
	}
	p.release(e)
	p.finish(e, Result{Err: fmt.Errorf("%w: %w", ErrNotSent, reason)})
	p.sendDue()
}

// hold and release count a message that is pending or paused; p.mu is held.
func (p *Publisher) hold(e *entry) { p.held++; p.heldBytes += e.size() }

func (p *Publisher) release(e *entry) { p.held--; p.heldBytes -= e.size() }

// finish passes a message's result to Publish and drops the body; p.mu is held.
func (p *Publisher) finish(e *entry, result Result) {
	if e.pause != nil {
		e.pause.Stop()
	}
	e.Message, e.finished = Message{}, true
	e.result <- result
	p.unfinished.Done()
}
