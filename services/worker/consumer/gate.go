package consumer

import (
	"context"
	"sync"
	"time"
)

// probing is how long the gate waits before each next probe.
var probing = backoff{first: time.Second, last: 15 * time.Second}

// gate is open while the store takes uploads. It closes when uploads fail and
// then admits one at a time, a probe, after a growing delay; the first success
// opens it.
//
// One message alone never closes it: the fault may be the message's own, and
// those behind it must not wait for it. Two different ones that fail with no
// success between them do.
type gate struct {
	mu        sync.Mutex
	opened    chan struct{} // closed while the gate is open
	probe     chan struct{} // holds a token when a probe may start
	sip       chan struct{} // holds a token when a poller may fetch one message
	timer     *time.Timer
	failures  int   // probes that failed since the gate closed
	last      *item // the last to fail with no success since
	successes int
}

func newGate() *gate {
	g := &gate{
		opened: make(chan struct{}),
		probe:  make(chan struct{}, 1),
		sip:    make(chan struct{}, 1),
	}
	close(g.opened)
	return g
}

// pass is how an upload went through the gate.
type pass struct{ probe bool }

// enter waits until an upload may start. It reports false when ctx ended
// first. Whoever enters has to report success, failure or leave.
func (g *gate) enter(ctx context.Context) (pass, bool) {
	// Which of two ready channels a select takes is random.
	if ctx.Err() != nil {
		return pass{}, false
	}
	select {
	case <-g.whenOpen():
		return pass{}, true
	case <-g.probe:
		return pass{probe: true}, true
	case <-ctx.Done():
		return pass{}, false
	}
}

// quota waits until a poller may receive, and says how many messages: most
// while the gate is open, and one after each failed probe while it is closed.
// That one is fresh evidence: those in hand might fail for reasons of their own.
func (g *gate) quota(ctx context.Context, most int) (n int, ok bool) {
	if ctx.Err() != nil {
		return 0, false
	}
	select {
	case <-g.whenOpen():
		return most, true
	case <-g.sip:
		return 1, true
	case <-ctx.Done():
		return 0, false
	}
}

func (g *gate) whenOpen() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}

func (g *gate) isOpen() bool {
	select {
	case <-g.whenOpen():
		return true
	default:
		return false
	}
}

// succeeded reports an upload that went well, and whether that opened the gate.
func (g *gate) succeeded() (reopened bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.successes++
	g.last = nil
	if g.isOpenLocked() {
		return false
	}
	g.timer.Stop()
	g.failures = 0
	drop(g.probe)
	drop(g.sip)
	close(g.opened)
	return true
}

// failed reports an upload of it that failed, and whether that closed the gate.
// It keeps count on it of the failures that others contradicted.
func (g *gate) failed(it *item, p pass) (closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if it.failures > 0 && g.successes > it.successesSeen {
		it.strikes++
	}
	it.failures++
	it.successesSeen = g.successes
	if g.isOpenLocked() {
		if g.last == nil || g.last == it {
			g.last = it
			return false
		}
		g.opened = make(chan struct{})
		g.rearm()
		return true
	}
	if p.probe {
		offer(g.sip)
		g.rearm()
	}
	return false
}

// leave reports an upload that entered and then did not take place.
func (g *gate) leave(p pass) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.probe && !g.isOpenLocked() {
		offer(g.probe)
	}
}

// rearm lets the next probe start after the delay that is due.
func (g *gate) rearm() {
	g.failures++
	g.timer = time.AfterFunc(probing.after(g.failures), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.isOpenLocked() {
			offer(g.probe)
		}
	})
}

// stop ends the timer, so that nothing outlives the consumer.
func (g *gate) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer != nil {
		g.timer.Stop()
	}
}

func (g *gate) isOpenLocked() bool {
	select {
	case <-g.opened:
		return true
	default:
		return false
	}
}

func offer(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}

func drop(tokens chan struct{}) {
	select {
	case <-tokens:
	default:
	}
}
