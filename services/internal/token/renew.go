package token

import (
	"context"
	"time"
)

// retryInterval is how soon Run reads again after a read has failed; the source
// has made attempts of its own by then.
const retryInterval = 5 * time.Second

// Run reads the token at once, so that the first request need not wait, and
// then anew before it goes stale, until ctx ends; a read in progress then is
// cancelled.
func (c *Cache) Run(ctx context.Context) {
	for {
		c.mu.Lock()
		pending := c.start()
		c.mu.Unlock()
		select {
		case <-pending.done:
		case <-ctx.Done():
			pending.cancel()
			<-pending.done
			return
		}
		// Three quarters leave time for a slow read.
		wait := c.options.TTL * 3 / 4
		if pending.err != nil {
			wait = min(wait, retryInterval)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}
