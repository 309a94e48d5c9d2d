package sqsreceive

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// grace is how long an answer that has begun may take to arrive whole.
const grace = 2 * time.Second

// choosing is how long SQS may take to answer a poll for which it has messages.
// An older poll waits for messages, and can be cancelled without losing any.
const choosing = time.Second

// answering cancels a call unless its answer is on its way.
type answering struct {
	mu       sync.Mutex
	asked    time.Time
	begun    bool
	stopping bool
	cancel   context.CancelFunc
	timer    *time.Timer
}

// untilAnswered derives a context from ctx that lasts longer where SQS may have
// chosen messages: cancelling the call would hide them until their visibility
// timeout ends. An answer that has begun when ctx ends has grace to arrive. An
// answer to a poll that is younger than choosing has the rest of it to begin.
func untilAnswered(ctx context.Context) (call context.Context, done func()) {
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &answering{cancel: cancel, asked: time.Now()}
	call = httptrace.WithClientTrace(call, &httptrace.ClientTrace{
		// Each attempt of the SDK starts from the beginning.
		GetConn:              func(string) { a.set(false) },
		GotFirstResponseByte: func() { a.set(true) },
	})
	release := context.AfterFunc(ctx, a.stop)
	return call, func() {
		release()
		a.close()
	}
}

func (a *answering) set(begun bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begun, a.asked = begun, time.Now()
	switch {
	case a.stopping && begun:
		a.cancelAfter(grace)
	case a.stopping:
		a.cancel()
	}
}

func (a *answering) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping = true
	if a.begun {
		a.cancelAfter(grace)
		return
	}
	a.cancelAfter(choosing - time.Since(a.asked))
}

func (a *answering) cancelAfter(wait time.Duration) {
	if a.timer != nil {
		a.timer.Stop()
	}
	if wait <= 0 {
		a.cancel()
		return
	}
	a.timer = time.AfterFunc(wait, a.cancel)
}

func (a *answering) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
	}
	a.cancel()
}
