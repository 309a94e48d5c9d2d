// Package token checks presented tokens against the current one, and for a while
// after a rotation the previous one, which are stored elsewhere and read as rarely
// as is safe.
package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// Placeholder is what the parameter holds until an operator sets the token.
// It never authenticates anyone.
const Placeholder = "CHANGEME"

// PreviousLabel is the label of the parameter's version that a rotation with an
// overlap has replaced.
const PreviousLabel = "previous"

// Tokens are what a source holds.
type Tokens struct {
	Current string
	// Previous is the token that Current has replaced, if it may still be accepted;
	// empty otherwise.
	Previous string
	// Since is when Current was set.
	Since time.Time
}

// Source is where the tokens are stored.
type Source interface {
	// Fetch reads the tokens. Its error wraps ErrNotFound if there is no token.
	Fetch(ctx context.Context) (Tokens, error)
}

// Options of a Cache; all but Overlap and Grace are required.
type Options struct {
	Source Source
	// TTL is how long a token that was read counts as fresh.
	TTL time.Duration
	// Overlap is how long after a rotation the previous token is accepted.
	Overlap time.Duration
	// FetchTimeout bounds one read.
	FetchTimeout time.Duration
	// Grace is how long each wait for a read goes on after the end of its context.
	Grace  time.Duration
	Logger *slog.Logger
}

// readInterval is how often, at most, requests cause reads beyond those that
// the TTL asks for: because a token was wrong, because the parameter does not
// exist, or because it could never be read. It is short enough for a rotated
// token to work at once, and far below what SSM allows (40 calls a second by
// default). https://docs.aws.amazon.com/general/latest/gr/ssm.html
const readInterval = time.Second

// staleAfter is how long a request waits for a read before it uses the last good
// token: a source that hangs counts as one that fails.
const staleAfter = time.Second

// Cache knows the current token. Its zero value is not usable; see New.
type Cache struct {
	options Options
	// readFailures counts reads that returned no token.
	readFailures atomic.Int64

	mu sync.Mutex
	// known is the last answer of the source: a token or its absence.
	known answer
	// pending is the read in progress, if any.
	pending *read
	// lastMismatchRead is when a wrong token last caused a read.
	lastMismatchRead time.Time
	// failure is why the last read failed, nil when it did not; failedAt is when.
	failure  error
	failedAt time.Time
}

// answer is what the source said.
type answer struct {
	digest [sha256.Size]byte
	// usable is false for a placeholder or an empty value.
	usable bool
	// previous is accepted until previousUntil, which is zero if there is none.
	previous      [sha256.Size]byte
	previousUntil time.Time
	// err wraps ErrNotFound where the source said that there is no token.
	err error
	at  time.Time
}

// New makes a cache that has read nothing yet.
func New(o Options) *Cache { return &Cache{options: o} }

// ReadFailures is how many reads of the source have returned no token, because they
// failed or there is none.
func (c *Cache) ReadFailures() int64 { return c.readFailures.Load() }

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

// good reports whether the answer is a token.
func (a answer) good() bool { return !a.at.IsZero() && a.err == nil }

// matches compares digests, and always both, so that neither the time it takes nor
// the length of a token says anything about it.
func (a answer) matches(presented string) bool {
	digest := sha256.Sum256([]byte(presented))
	current := subtle.ConstantTimeCompare(digest[:], a.digest[:])
	previous := subtle.ConstantTimeCompare(digest[:], a.previous[:])
	if !time.Now().Before(a.previousUntil) {
		previous = 0
	}
	return current|previous == 1 && a.usable
}

// fresh is an answer within its TTL, or the last good one while the source
// fails.
func (c *Cache) fresh(ctx context.Context) (answer, error) {
	c.mu.Lock()
	known := c.known
	if known.good() {
		if time.Since(known.at) < c.options.TTL || c.failure != nil || c.hangs() {
			c.mu.Unlock()
			return known, nil
		}
		pending := c.start()
		c.mu.Unlock()
		ctx, cancel := backoff.WithGrace(ctx, c.options.Grace)
		defer cancel()
		return c.waitOr(ctx, pending, known)
	}
	if err := c.recentFailure(); err != nil {
		c.mu.Unlock()
		return answer{}, err
	}
	pending := c.start()
	c.mu.Unlock()
	ctx, cancel := backoff.WithGrace(ctx, c.options.Grace)
	defer cancel()
	return c.wait(ctx, pending)
}

// recentFailure is why there is no token, if that was found out just now:
// otherwise each request would cause a read, one after the other. c.mu is held.
func (c *Cache) recentFailure() error {
	switch {
	case c.known.err != nil && time.Since(c.known.at) < readInterval:
		return c.known.err
	case c.failure != nil && time.Since(c.failedAt) < readInterval:
		return c.failure
	default:
		return nil
	}
}

// afterMismatch reads again, unless a wrong token has just caused that. It joins
// a read in progress: when a token is rotated, many clients present the new one at
// once.
func (c *Cache) afterMismatch(ctx context.Context, known answer) (answer, error) {
	c.mu.Lock()
	if c.known.at.After(known.at) {
		// Another request has read since; that answer has not been tried yet.
		defer c.mu.Unlock()
		return c.known, c.known.err
	}
	if c.pending == nil {
		if time.Since(c.lastMismatchRead) < readInterval {
			c.mu.Unlock()
			return known, nil
		}
		c.lastMismatchRead = time.Now()
	}
	pending := c.start()
	c.mu.Unlock()
	ctx, cancel := backoff.WithGrace(ctx, c.options.Grace)
	defer cancel()
	return c.wait(ctx, pending)
}
