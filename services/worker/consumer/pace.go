package consumer

import (
	"context"
	"sync"
	"time"
)

const (
	// gather is the pause after a poll that took all the messages there were, so
	// that the next one returns several: SQS charges for each call.
	gather = 100 * time.Millisecond
	// single is how long a poll that waits for messages keeps the other pollers from
	// polling too. They would wait for the same messages, and return one each. A
	// poll that hangs delays nothing for longer.
	single = time.Second
	// fresh is the age of a message up to which the consumer keeps up with the queue.
	fresh = time.Second
)

// pace decides when a poller may poll. A lone message is received by a poll that
// already waits for it. Where more messages wait than the pollers take, there is no
// pause.
type pace struct {
	mu      sync.Mutex
	next    time.Time     // when the next poll may begin
	behind  bool          // the last poll left messages in the queue
	changed chan struct{} // closed and replaced when next changes
}

func newPace() *pace { return &pace{changed: make(chan struct{})} }

// begin waits until a poll may begin. It reports false when ctx ended first. Follow
// it with end. It calls waiting for each turn that it waits for: another poller may
// take it, again and again where there are many.
func (p *pace) begin(ctx context.Context, waiting func()) bool {
	for ctx.Err() == nil {
		waiting()
		p.mu.Lock()
		now := time.Now()
		wait, changed := p.next.Sub(now), p.changed
		if wait <= 0 && !p.behind {
			p.next = now.Add(single)
		}
		p.mu.Unlock()
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return false
}

// end notes what a poll for up to asked messages returned.
func (p *pace) end(asked int, deliveries []Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.next, p.behind = now, isBehind(asked, deliveries, now)
	if len(deliveries) > 0 && !p.behind {
		p.next = now.Add(gather)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// isBehind reports whether a poll probably left messages in the queue: it is full, or
// its messages are old. SQS may return fewer messages than there are.
func isBehind(asked int, deliveries []Delivery, now time.Time) bool {
	for _, d := range deliveries {
		if now.Sub(d.SentAt) > fresh {
			return true
		}
	}
	return len(deliveries) == asked
}
