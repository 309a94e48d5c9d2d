package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// read is one read of the source, for any number of requests.
type read struct {
	began  time.Time
	cancel context.CancelFunc
	done   chan struct{}
	// err is set before done is closed.
	err error
}

// start joins the read in progress or begins one, which no client's context ends;
// c.mu is held.
func (c *Cache) start() *read {
	if c.pending == nil {
		ctx, cancel := context.WithTimeout(context.Background(), c.options.FetchTimeout)
		c.pending = &read{began: time.Now(), cancel: cancel, done: make(chan struct{})}
		go c.fetch(ctx, c.pending)
	}
	return c.pending
}

// hangs reports whether the read in progress takes too long to wait for; c.mu is
// held.
func (c *Cache) hangs() bool {
	return c.pending != nil && time.Since(c.pending.began) >= staleAfter
}

func (c *Cache) fetch(ctx context.Context, r *read) {
	defer r.cancel()
	tokens, err := c.options.Source.Fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = nil
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		// Cancelled, not failed: that says nothing about the source.
		r.err = fmt.Errorf("%w: reading the token: %w", ErrUnavailable, err)
	} else {
		r.err = c.learn(tokens, err)
	}
	close(r.done)
}

// wait waits for a read until ctx ends; the read goes on for other requests.
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

// waitOr is wait, which returns the last good answer after staleAfter.
func (c *Cache) waitOr(ctx context.Context, pending *read, lastGood answer) (answer, error) {
	limited, cancel := context.WithDeadline(ctx, pending.began.Add(staleAfter))
	defer cancel()
	found, err := c.wait(limited, pending)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return lastGood, nil
	}
	return found, err
}

// learn takes the outcome of a read; c.mu is held.
func (c *Cache) learn(tokens Tokens, err error) error {
	if err != nil {
		c.readFailures.Add(1)
	}
	switch {
	case err == nil:
		if c.failure != nil {
			c.options.Logger.Info("token can be read again")
		}
		known := c.answerOf(tokens)
		if !known.usable {
			c.options.Logger.Warn("token parameter holds no token yet: every request is refused until an operator sets one")
		}
		c.known = known
		c.failure = nil
		return nil
	case errors.Is(err, ErrNotFound):
		// The operator has taken the token away: that counts at once.
		if c.known.err == nil {
			c.options.Logger.Error("token parameter does not exist", "error", err)
		}
		c.known = answer{err: fmt.Errorf("reading the token: %w", err), at: time.Now()}
		c.failure = nil
		return nil
	default:
		err = fmt.Errorf("%w: reading the token: %w", ErrUnavailable, err)
		if c.failure == nil {
			c.options.Logger.Error("token cannot be read", "error", err, "serving_last_good", c.known.good())
		}
		c.failure, c.failedAt = err, time.Now()
		if c.known.err != nil {
			// Its absence was the last answer, and is stale now.
			c.known = answer{}
		}
		return err
	}
}

func (c *Cache) answerOf(tokens Tokens) answer {
	a := answer{digest: sha256.Sum256([]byte(tokens.Current)), usable: isToken(tokens.Current), at: time.Now()}
	if isToken(tokens.Previous) {
		a.previous, a.previousUntil = sha256.Sum256([]byte(tokens.Previous)), tokens.Since.Add(c.options.Overlap)
	}
	return a
}

func isToken(value string) bool { return value != "" && value != Placeholder }
