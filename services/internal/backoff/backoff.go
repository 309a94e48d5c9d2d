// Package backoff computes the delays between attempts, and waits.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Policy is a delay that doubles with each failure, from First to Last.
type Policy struct {
	First, Last time.Duration
}

// After returns the delay that follows the nth failure in a row, n from 1. It
// differs from the exact value by up to a fifth either way, so that many
// callers do not try again at the same time.
func (p Policy) After(n int) time.Duration {
	//nolint:gosec // G404: spreads load, protects nothing.
	return time.Duration(float64(p.exactly(n)) * (0.8 + 0.4*rand.Float64()))
}

func (p Policy) exactly(n int) time.Duration {
	delay := min(p.First, p.Last)
	for range n - 1 {
		if delay >= p.Last/2 {
			return p.Last
		}
		delay *= 2
	}
	return delay
}

// Sleep waits for d. It reports false when ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// WithGrace returns a context that ends when grace has passed since the end of
// parent.
func WithGrace(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() { time.AfterFunc(grace, cancel) })
	return ctx, func() { stop(); cancel() }
}
