package consumer

import (
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Stall is how long a step may take beyond its own limit before the consumer
// counts as stalled. It is well above the timeout of every call.
const Stall = 90 * time.Second

// Health is what a consumer reports about itself.
type Health struct {
	// Stalled is the reason why the consumer does not work as it should, empty
	// otherwise. An error from AWS is no reason: a restart would not cure it.
	Stalled string
	// InFlight is how many messages were received and have not left.
	InFlight int
	// Retrying is how many of these failed to be stored so far.
	Retrying int
	// LastFailure is the last error from AWS, without payload.
	LastFailure string
	// The times are zero while nothing has happened.
	LastFailureAt, LastStoredAt, LastPolledAt time.Time
}

// Health returns the current health. The consumer is stalled when
//   - a poll, an upload, a delete or an extension takes Stall longer than its
//     own timeout,
//   - messages are in flight and none has changed its state for Stall, or
//   - more messages may be taken and nothing has been polled for Stall. While
//     an outage of the store keeps as many in flight as may be, no poll is due.
func (c *Consumer) Health() Health {
	now := time.Now()
	h := Health{Stalled: c.inFlight.stalled(now)}
	h.InFlight, h.Retrying = c.inFlight.counts()
	for _, l := range c.loops {
		if h.Stalled == "" {
			h.Stalled = l.stalled(now, c.inFlight.pollDueSince(now))
		}
	}
	c.events.fill(&h)
	return h
}

// loop is a goroutine that polls, or extends visibility.
type loop struct {
	name string

	mu      sync.Mutex
	since   time.Time // of the step, or of the wait
	limit   time.Duration
	waiting bool
}

// begin notes a step that takes up to limit, and the timeout of a call.
func (l *loop) begin(limit time.Duration) { l.set(limit, false) }

// wait notes that the loop waits until there is something to do.
func (l *loop) wait() { l.set(0, true) }

func (l *loop) set(limit time.Duration, waiting bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since, l.limit, l.waiting = time.Now(), limit, waiting
}

// stalled is empty while the loop moves. dueSince is when its wait should have
// ended, or zero.
func (l *loop) stalled(now, dueSince time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := l.since.Add(l.limit)
	if l.waiting && dueSince.After(since) {
		since = dueSince
	}
	late := now.Sub(since)
	if l.since.IsZero() || late <= Stall || l.waiting && dueSince.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s has not moved for %s", l.name, late.Round(time.Second))
}

// pollDueSince is since when more messages may be taken, zero if none may.
func (f *inFlight) pollDueSince(now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n, _ := f.free(now); n == 0 {
		return time.Time{}
	}
	if f.freeSince.IsZero() {
		return f.extraAt
	}
	return f.freeSince
}

// stalled is empty while the messages in flight move.
func (f *inFlight) stalled(now time.Time) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	limits := map[state]time.Duration{uploading: uploadTimeout, deleting: batchTimeout}
	for m := range f.messages {
		limit, ok := limits[m.state]
		if late := now.Sub(m.since) - limit; ok && late > Stall {
			return fmt.Sprintf("message %s is still %s, %s after it should have ended",
				m.ID, m.state, late.Round(time.Second))
		}
	}
	if quiet := now.Sub(f.movedAt); quiet > Stall && len(f.messages) > 0 {
		return fmt.Sprintf("%d messages are in flight and nothing has moved for %s",
			len(f.messages), quiet.Round(time.Second))
	}
	return ""
}

func (f *inFlight) counts() (all, failed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for m := range f.messages {
		if m.failures > 0 && m.state != stored && m.state != deleting {
			failed++
		}
	}
	return len(f.messages), failed
}

// events are what has happened since the start.
type events struct {
	received, poison, stored, present, different, failedUploads, deleted, returned atomic.Int64

	mu                          sync.Mutex
	failure                     string
	failedAt, storedAt, pollsAt time.Time
}

func (e *events) polled() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pollsAt = time.Now()
}

func (e *events) uploaded() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.storedAt = time.Now()
}

func (e *events) uploadFailed(err error) {
	e.failedUploads.Add(1)
	e.failed("storing", err)
}

func (e *events) failed(what string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure, e.failedAt = what+": "+cause(err), time.Now()
}

func (e *events) fill(h *Health) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h.LastFailure, h.LastFailureAt = e.failure, e.failedAt
	h.LastStoredAt, h.LastPolledAt = e.storedAt, e.pollsAt
}

// reason is why a span failed, empty if it did not.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return cause(err)
}

// cause is the part of err that an operator needs: AWS's code and sentence, or
// what the network says. It leaves out URLs: an object's key is part of them.
func cause(err error) string {
	var answer interface {
		ErrorCode() string
		ErrorMessage() string
	}
	var request *url.Error
	text := err.Error()
	switch {
	case errors.As(err, &answer):
		text = answer.ErrorCode() + ": " + answer.ErrorMessage()
	case errors.As(err, &request):
		text = request.Err.Error()
	}
	const longest = 200
	return text[:min(len(text), longest)]
}

// Stats count what a consumer has done since it started.
type Stats struct {
	Received int64 // deliveries, poison included
	Poison   int64 // deliveries that name no object
	Stored   int64 // objects written
	Present  int64 // objects found in place
	// Different counts the messages whose idempotency key was used for other content.
	Different int64
	Failed    int64 // uploads that failed
	Deleted   int64 // messages deleted
	Returned  int64 // messages returned to the queue at the stop
}

// Stats returns the current counts.
func (c *Consumer) Stats() Stats {
	return Stats{
		Received: c.events.received.Load(), Poison: c.events.poison.Load(),
		Stored: c.events.stored.Load(), Present: c.events.present.Load(), Different: c.events.different.Load(), Failed: c.events.failedUploads.Load(),
		Deleted: c.events.deleted.Load(), Returned: c.events.returned.Load(),
	}
}

func (s Stats) attrs() []any {
	return []any{
		"received", s.Received, "poison", s.Poison, "stored", s.Stored, "stored_before", s.Present, "stored_before_different", s.Different,
		"failed", s.Failed, "deleted", s.Deleted, "returned", s.Returned,
	}
}
