package sqsreceive

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// grace is how long an answer that has begun may take to arrive whole.
const grace = 2 * time.Second

// answering cancels a call unless its answer is on its way.
type answering struct {
	mu       sync.Mutex
	begun    bool
	stopping bool
	cancel   context.CancelFunc
	timer    *time.Timer
}

// untilAnswered is ctx as long as no answer has come; an answer that has begun
// when ctx ends gets grace to arrive. A call that was cancelled after SQS had
// chosen its messages would hide them until their visibility is over.
func untilAnswered(ctx context.Context) (call context.Context, done func()) {
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &answering{cancel: cancel}
	call = httptrace.WithClientTrace(call, &httptrace.ClientTrace{
		// Each try of the SDK begins anew.
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
	a.begun = begun
	if a.stopping && !begun {
		a.cancel()
	}
}

func (a *answering) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping = true
	if !a.begun {
		a.cancel()
		return
	}
	a.timer = time.AfterFunc(grace, a.cancel)
}

func (a *answering) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
	}
	a.cancel()
}
