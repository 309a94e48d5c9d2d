package consumer

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// extender is the visibility extender: it extends the visibility timeout of the
// messages in flight, and returns messages to the queue. Its mutex keeps the
// two apart: an extension that SQS handles after a return would hide the message
// again.
type extender struct {
	queue      Queue
	inFlight   *inFlight
	visibility time.Duration
	log        *slog.Logger
	loop       *loop
	mutex      *semaphore.Weighted
}

func newExtender(o Options, f *inFlight) *extender {
	return &extender{
		queue: o.Queue, inFlight: f, visibility: o.Visibility, log: o.Logger,
		loop: &loop{name: "the visibility extender"}, mutex: semaphore.NewWeighted(1),
	}
}

// ticks is how often the extender looks within one visibility timeout. A message
// is extended within one tick of half its timeout, together with others that are
// due in the same tick; a failed call leaves three more.
const ticks = 8

// parallelBatches limits the batch calls that run at once.
const parallelBatches = 4

// run extends until ctx ends.
func (e *extender) run(ctx context.Context) {
	ticker := time.NewTicker(e.visibility / ticks)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			e.extend(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// extend extends the visibility of every message that is due.
func (e *extender) extend(ctx context.Context) {
	e.loop.begin(0)
	defer e.loop.begin(e.visibility / ticks)
	if e.mutex.Acquire(ctx, 1) != nil {
		return
	}
	defer e.mutex.Release(1)
	extensions, exhausted := e.inFlight.due(time.Now(), e.visibility)
	for _, m := range exhausted {
		e.log.Warn("visibility can be extended no further; the message becomes visible again",
			"message_id", m.ID, "receive_count", m.Receives, "in_flight_for", time.Since(m.receivedAt).String())
	}
	inBatches(extensions, func(batch []extension) { e.extendBatch(ctx, batch) })
}

func (e *extender) extendBatch(ctx context.Context, batch []extension) {
	sentAt := time.Now()
	results, err := e.change(ctx, batch)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("extending visibility", "messages", len(batch), "error", err)
		}
		return
	}
	for i, ext := range batch {
		switch result := results[i]; {
		case result == nil:
			e.inFlight.extended(ext.message, sentAt, ext.timeout)
		case errors.Is(result, ErrPermanent):
			// Normal where the message was deleted meanwhile.
			e.inFlight.stopExtending(ext.message)
			e.log.Debug("extending visibility", "message_id", ext.ID, "error", result)
		default:
			e.log.Warn("extending visibility", "message_id", ext.ID, "error", result)
		}
	}
}

// returnToQueue makes messages that are no longer in flight visible again after
// a delay. Where that fails, they become visible when their timeout ends.
func (e *extender) returnToQueue(ctx context.Context, messages []*message, delay func(*message) time.Duration) {
	failed := func(err error, n int) {
		e.log.Warn("returning to the queue; visible when the visibility timeout ends", "messages", n, "error", err)
	}
	if err := e.mutex.Acquire(ctx, 1); err != nil {
		failed(err, len(messages))
		return
	}
	defer e.mutex.Release(1)
	now := time.Now()
	changes := make([]extension, len(messages))
	for i, m := range messages {
		changes[i] = extension{message: m, timeout: min(delay(m).Truncate(time.Second), m.longestTimeout(now))}
	}
	inBatches(changes, func(batch []extension) {
		results, err := e.change(ctx, batch)
		if err != nil {
			failed(err, len(batch))
			return
		}
		for _, result := range results {
			if result != nil {
				failed(result, 1)
			}
		}
	})
}

func (e *extender) change(ctx context.Context, batch []extension) ([]error, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	changes := make([]VisibilityChange, len(batch))
	for i, ext := range batch {
		changes[i] = VisibilityChange{Handle: ext.Handle, Timeout: ext.timeout}
	}
	return e.queue.ChangeVisibilityBatch(ctx, changes)
}

// inBatches calls do for the items in batches, a few batches at a time, and
// returns when all are done.
func inBatches[T any](items []T, do func(batch []T)) {
	var group errgroup.Group
	group.SetLimit(parallelBatches)
	for batch := range slices.Chunk(items, BatchSize) {
		group.Go(func() error { do(batch); return nil })
	}
	_ = group.Wait() // do handles its errors
}

// extension is a message and its next visibility timeout.
type extension struct {
	*message
	timeout time.Duration
}

// hide notes that the queue hides the message for timeout from now.
func (m *message) hide(now time.Time, timeout time.Duration) {
	m.extendAt = now.Add(timeout / 2)
	m.hiddenUntil = now.Add(timeout)
}

// longestTimeout is the longest visibility timeout that SQS accepts. It takes
// whole seconds, and counts from its own receipt of the call.
func (m *message) longestTimeout(now time.Time) time.Duration {
	left := m.receivedAt.Add(MaxInFlight).Sub(now) - time.Second
	return max(0, left.Truncate(time.Second))
}

// due lists the messages to extend: none unless one has come to half of its
// visibility timeout; then all that have come to a quarter, so that messages
// that stay for long share their calls. It also lists the messages that can be
// extended no further, since their timeout has ended or MaxInFlight is reached.
func (f *inFlight) due(now time.Time, visibility time.Duration) (extend []extension, exhausted []*message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	oneIsDue := false
	for m := range f.messages {
		oneIsDue = oneIsDue || !m.notExtendable && !now.Before(m.extendAt)
	}
	if !oneIsDue {
		return nil, nil
	}
	for m := range f.messages {
		if m.notExtendable || now.Add(visibility/4).Before(m.extendAt) {
			continue
		}
		timeout := min(visibility, m.longestTimeout(now))
		addsNothing := timeout < visibility && !now.Add(timeout).After(m.hiddenUntil.Add(time.Second/2))
		if now.After(m.hiddenUntil) || addsNothing {
			m.notExtendable = true
			exhausted = append(exhausted, m)
			continue
		}
		extend = append(extend, extension{message: m, timeout: timeout})
	}
	return extend, exhausted
}

func (f *inFlight) extended(m *message, now time.Time, timeout time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.hide(now, timeout)
}

func (f *inFlight) stopExtending(m *message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.notExtendable = true
}
