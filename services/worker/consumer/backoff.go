package consumer

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is a delay that doubles from first to last.
type backoff struct {
	first, last time.Duration
}

// after is the delay that follows the nth failure in a row (n from 1). It is
// spread by a fifth either way, so that many workers do not come back in step.
func (b backoff) after(n int) time.Duration {
	delay := b.last
	// 2^20 seconds are beyond every last in use, and a longer shift overflows.
	if doublings := n - 1; doublings < 20 {
		delay = min(b.last, b.first<<doublings)
	}
	//nolint:gosec // G404: spreads load, guards nothing.
	return time.Duration(float64(delay) * (0.8 + 0.4*rand.Float64()))
}

// pause waits for d and reports whether ctx let it.
func pause(ctx context.Context, d time.Duration) bool {
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
