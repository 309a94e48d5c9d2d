package token

import (
	"context"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// retryInterval is how soon Run reads again after a read has failed; the source
// has already made several attempts by then.
const retryInterval = 5 * time.Second

// Run reads the token at once, so that the first request need not wait, and
// then again before it goes stale, until ctx ends; a read in progress then is
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
		if !backoff.Sleep(ctx, wait) {
			return
		}
	}
}
