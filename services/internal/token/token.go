// Package token checks presented tokens against the one in force, which is
// kept elsewhere and read as seldom as it safely can be.
package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Placeholder is what the parameter holds until an operator sets the token.
// It never authenticates anyone.
const Placeholder = "CHANGEME"

// Source is where the token in force is kept.
type Source interface {
	// Fetch reads the token. Its error wraps ErrNotFound where there is none.
	Fetch(ctx context.Context) (string, error)
}

// Options of a Cache; all are required.
type Options struct {
	Source Source
	// TTL is how long a token that was read counts as fresh.
	TTL time.Duration
	// FetchTimeout bounds one read.
	FetchTimeout time.Duration
	Logger       *slog.Logger
}

// mismatchInterval is how often, at most, a wrong token causes a fresh read:
// often enough for a rotated token to work at once, and far below what SSM
// allows (40 GetParameter calls a second by default).
// https://docs.aws.amazon.com/general/latest/gr/ssm.html
const mismatchInterval = time.Second

// Cache knows the token in force. Its zero value is not usable; see New.
type Cache struct {
	Options

	mu sync.Mutex
	// known is the last answer of the source: a token or its absence.
	known answer
	// pending is the read that is under way, if any.
	pending *read
	// lastMismatchRead is when a wrong token last caused a read.
	lastMismatchRead time.Time
	// failing is set while the source fails and the last answer stands in.
	failing bool
}

// answer is what the source said.
type answer struct {
	digest [sha256.Size]byte
	// usable is false for a placeholder or an empty value.
	usable bool
	// err wraps ErrNotFound where the source said that there is no token.
	err error
	at  time.Time
}

// read is one read of the source that any number of callers wait for.
type read struct {
	done chan struct{}
	err  error
}

// New makes a cache that has read nothing yet.
func New(o Options) *Cache { return &Cache{Options: o} }

// Verify checks a presented token. Its errors wrap ErrInvalid, ErrNotFound or
// ErrUnavailable, or say that ctx has ended.
func (c *Cache) Verify(ctx context.Context, presented string) error {
	known, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	if known.matches(presented) {
		return nil
	}
	known, err = c.afterMismatch(ctx, known)
	if err != nil {
		return err
	}
	if known.matches(presented) {
		return nil
	}
	return ErrInvalid
}

// matches compares digests, so that neither the time it takes nor the length
// of the token says anything about it.
func (a answer) matches(presented string) bool {
	digest := sha256.Sum256([]byte(presented))
	return subtle.ConstantTimeCompare(digest[:], a.digest[:]) == 1 && a.usable
}

// fresh is an answer within its TTL, or the last good one while the source
// fails.
func (c *Cache) fresh(ctx context.Context) (answer, error) {
	c.mu.Lock()
	known := c.known
	if !known.at.IsZero() && (time.Since(known.at) < c.TTL || (c.failing && known.err == nil)) {
		c.mu.Unlock()
		return known, known.err
	}
	pending := c.start()
	c.mu.Unlock()
	return c.wait(ctx, pending)
}

// afterMismatch reads anew, unless a wrong token has just caused that.
func (c *Cache) afterMismatch(ctx context.Context, known answer) (answer, error) {
	c.mu.Lock()
	if c.known.at.After(known.at) {
		// Somebody has read since; that answer has not been tried yet.
		defer c.mu.Unlock()
		return c.known, c.known.err
	}
	if time.Since(c.lastMismatchRead) < mismatchInterval {
		c.mu.Unlock()
		return known, nil
	}
	c.lastMismatchRead = time.Now()
	pending := c.start()
	c.mu.Unlock()
	return c.wait(ctx, pending)
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

// start joins the read that is under way or begins one; c.mu is held.
func (c *Cache) start() *read {
	if c.pending == nil {
		c.pending = &read{done: make(chan struct{})}
		go c.fetch(c.pending)
	}
	return c.pending
}

func (c *Cache) fetch(r *read) {
	ctx, cancel := context.WithTimeout(context.Background(), c.FetchTimeout)
	defer cancel()
	value, err := c.Source.Fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = nil
	r.err = c.learn(value, err)
	close(r.done)
}

// learn takes the outcome of a read; c.mu is held.
func (c *Cache) learn(value string, err error) error {
	switch {
	case err == nil:
		if c.failing {
			c.Logger.Info("token can be read again")
		}
		usable := value != "" && value != Placeholder
		if !usable {
			c.Logger.Warn("token parameter holds no token yet: every request is refused until an operator sets one")
		}
		c.known = answer{digest: sha256.Sum256([]byte(value)), usable: usable, at: time.Now()}
		c.failing = false
		return nil
	case errors.Is(err, ErrNotFound):
		// The operator has taken the token away: that counts at once.
		if c.known.err == nil {
			c.Logger.Error("token parameter does not exist", "error", err)
		}
		c.known = answer{err: fmt.Errorf("reading the token: %w", err), at: time.Now()}
		c.failing = false
		return nil
	default:
		err = fmt.Errorf("%w: reading the token: %w", ErrUnavailable, err)
		if !c.failing {
			c.Logger.Error("token cannot be read", "error", err, "serving_last_good", !c.known.at.IsZero() && c.known.err == nil)
		}
		c.failing = true
		if c.known.err != nil {
			// Its absence was the last answer, and is stale now.
			c.known = answer{}
		}
		return err
	}
}

// Run reads the token at once, so that the first request need not wait, and
// then anew before it goes stale, until ctx ends.
func (c *Cache) Run(ctx context.Context) {
	interval := c.TTL * 3 / 4
	for {
		c.mu.Lock()
		pending := c.start()
		c.mu.Unlock()
		select {
		case <-pending.done:
		case <-ctx.Done():
			<-pending.done
			return
		}
		wait := interval
		if pending.err != nil {
			wait = min(interval, 5*time.Second)
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
