package consumer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// extraMessage is the pause before one more message is taken when all in flight
// have failed and no more would be allowed otherwise.
var extraMessage = backoff.Policy{First: 5 * time.Second, Last: 5 * time.Minute}

// inFlight owns the messages that were received and have not left, and their
// states. It decides how many there may be, and which is uploaded next.
type inFlight struct {
	capacity int

	mu        sync.Mutex
	messages  map[*message]struct{}
	reserved  int           // how many more the running polls may return
	stored    int           // uploads that succeeded since the start
	extraAt   time.Time     // when an extra message may be taken
	changed   chan struct{} // closed and replaced when more may be taken
	freeSince time.Time     // since when more may be taken, zero if none
	movedAt   time.Time     // the last change of any state

	freeSlots    int // uploads that may start
	waitingFirst []*message
	waitingAgain []*message
}

func newInFlight(capacity, uploads int) *inFlight {
	now := time.Now()
	return &inFlight{
		capacity: capacity, freeSlots: uploads, messages: make(map[*message]struct{}, capacity),
		changed: make(chan struct{}), freeSince: now, movedAt: now,
	}
}

// limit is how many messages may be in flight: one until one is stored.
func (f *inFlight) limit() int {
	if f.stored == 0 {
		return 1
	}
	return f.capacity
}

// free returns how many more messages may be taken now. If none, it returns
// when one may be taken even if nothing else changes, or zero.
func (f *inFlight) free(now time.Time) (n int, at time.Time) {
	used := len(f.messages) + f.reserved
	if used < f.limit() {
		return f.limit() - used, time.Time{}
	}
	if f.reserved > 0 {
		return 0, time.Time{}
	}
	for m := range f.messages {
		if m.failures == 0 || m.state == stored || m.state == deleting {
			return 0, time.Time{}
		}
	}
	if now.Before(f.extraAt) {
		return 0, f.extraAt
	}
	return 1, time.Time{}
}

// reserve waits until more messages may be taken, and returns how many, at most
// maximum. It reports false when ctx ended first. Follow it with add.
func (f *inFlight) reserve(ctx context.Context, maximum int) (n int, ok bool) {
	for ctx.Err() == nil {
		f.mu.Lock()
		n, at := f.free(time.Now())
		if n > 0 {
			n = min(n, maximum)
			f.reserved += n
			f.update()
			f.mu.Unlock()
			return n, true
		}
		changed := f.changed
		f.mu.Unlock()

		waiting, cancel := ctx, context.CancelFunc(func() {})
		if !at.IsZero() {
			waiting, cancel = context.WithDeadline(ctx, at)
		}
		select {
		case <-changed:
		case <-waiting.Done():
		}
		cancel()
	}
	return 0, false
}

// add replaces a reservation by the messages that were received for it, hidden
// by the queue for visibility from now.
func (f *inFlight) add(reserved int, messages []*message, visibility time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.reserved -= reserved
	for _, m := range messages {
		f.messages[m] = struct{}{}
		m.hide(now, visibility)
		f.movedAt = now
	}
	if excess := len(f.messages) + 1 - f.limit(); len(messages) > 0 && excess > 0 {
		f.extraAt = now.Add(extraMessage.After(excess))
	}
	f.update()
}

// move changes the state of a message. Call update afterwards.
func (f *inFlight) move(m *message, next state) {
	if !m.state.allows(next) {
		panic(fmt.Sprintf("consumer: a message that is %s cannot be %s next", m.state, next))
	}
	m.state, m.since = next, time.Now()
	f.movedAt = m.since
	if next.isLast() {
		delete(f.messages, m)
		reason := ""
		if next != deleted {
			reason = string(next)
		}
		m.span.End(reason)
	}
}

// update wakes the pollers when more messages may be taken, now or later.
func (f *inFlight) update() {
	now := time.Now()
	n, at := f.free(now)
	switch {
	case n == 0:
		f.freeSince = time.Time{}
	case f.freeSince.IsZero():
		f.freeSince = now
	}
	if n > 0 || !at.IsZero() {
		close(f.changed)
		f.changed = make(chan struct{})
	}
}

func (f *inFlight) startDelete(batch []*message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range batch {
		f.move(m, deleting)
	}
}

func (f *inFlight) endDelete(batch []*message, areDeleted []bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, m := range batch {
		if areDeleted[i] {
			f.move(m, deleted)
		} else {
			f.move(m, stored)
		}
	}
	f.update()
}

// removeAll moves every message in one of states to a last state, and returns
// them.
func (f *inFlight) removeAll(last state, states ...state) []*message {
	f.mu.Lock()
	defer f.mu.Unlock()
	removed := f.inLocked(states...)
	for _, m := range removed {
		f.move(m, last)
	}
	f.update()
	return removed
}

// in lists the messages in one of states.
func (f *inFlight) in(states ...state) []*message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inLocked(states...)
}

func (f *inFlight) inLocked(states ...state) []*message {
	var found []*message
	for m := range f.messages {
		if slices.Contains(states, m.state) {
			found = append(found, m)
		}
	}
	return found
}

func (f *inFlight) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.messages)
}
