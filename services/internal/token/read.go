package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// read is one read of the source that any number of callers wait for.
type read struct {
	began  time.Time
	cancel context.CancelFunc
	done   chan struct{}
	// err is set before done is closed.
	err error
}

// start joins the read that is under way or begins one, which no caller's
// context ends; c.mu is held.
func (c *Cache) start() *read {
	if c.pending == nil {
		ctx, cancel := context.WithTimeout(context.Background(), c.FetchTimeout)
		c.pending = &read{began: time.Now(), cancel: cancel, done: make(chan struct{})}
		go c.fetch(ctx, c.pending)
	}
	return c.pending
}

// hangs tells whether the read that is under way takes too long to wait for;
// c.mu is held.
func (c *Cache) hangs() bool {
	return c.pending != nil && time.Since(c.pending.began) >= patience
}

func (c *Cache) fetch(ctx context.Context, r *read) {
	defer r.cancel()
	value, err := c.Source.Fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = nil
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		// Given up, not failed: that says nothing about the source.
		r.err = fmt.Errorf("%w: reading the token: %w", ErrUnavailable, err)
	} else {
		r.err = c.learn(value, err)
	}
	close(r.done)
}

// wait waits for a read as long as this caller likes; the read goes on for the
// others.
func (c *Cache) wait(ctx context.Context, pending *read) (answer, error) {
	select {
	case <-pending.done:
	case <-ctx.Done():
		return answer{}, fmt.Errorf("waiting for the token: %w", ctx.Err())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.at.IsZero() {
		return answer{}, pending.err
	}
	return c.known, c.known.err
}

// waitOr is wait that settles for the last good answer when patience ends.
func (c *Cache) waitOr(ctx context.Context, pending *read, lastGood answer) (answer, error) {
	impatient, cancel := context.WithDeadline(ctx, pending.began.Add(patience))
	defer cancel()
	found, err := c.wait(impatient, pending)
	if err != nil && impatient.Err() != nil && ctx.Err() == nil {
		return lastGood, nil
	}
	return found, err
}

// learn takes the outcome of a read; c.mu is held.
func (c *Cache) learn(value string, err error) error {
	switch {
	case err == nil:
		if c.failure != nil {
			c.Logger.Info("token can be read again")
		}
		usable := value != "" && value != Placeholder
		if !usable {
			c.Logger.Warn("token parameter holds no token yet: every request is refused until an operator sets one")
		}
		c.known = answer{digest: sha256.Sum256([]byte(value)), usable: usable, at: time.Now()}
		c.failure = nil
		return nil
	case errors.Is(err, ErrNotFound):
		// The operator has taken the token away: that counts at once.
		if c.known.err == nil {
			c.Logger.Error("token parameter does not exist", "error", err)
		}
		c.known = answer{err: fmt.Errorf("reading the token: %w", err), at: time.Now()}
		c.failure = nil
		return nil
	default:
		err = fmt.Errorf("%w: reading the token: %w", ErrUnavailable, err)
		if c.failure == nil {
			c.Logger.Error("token cannot be read", "error", err, "serving_last_good", c.known.good())
		}
		c.failure, c.failedAt = err, time.Now()
		if c.known.err != nil {
			// Its absence was the last answer, and is stale now.
			c.known = answer{}
		}
		return err
	}
}
