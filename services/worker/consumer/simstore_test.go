package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// simStore simulates S3 for a consumer.
type simStore struct {
	latency time.Duration
	// fail may answer an upload with an error instead.
	fail func(key string) error

	mu       sync.Mutex
	objects  map[string]string
	uploads  map[string]int // by key
	running  int
	together int // the most uploads at once
}

func newSimStore() *simStore {
	return &simStore{objects: map[string]string{}, uploads: map[string]int{}}
}

func (s *simStore) PutIfAbsent(ctx context.Context, name Name, body []byte) (Outcome, error) {
	key := name.Key
	s.mu.Lock()
	s.uploads[key]++
	s.running++
	s.together = max(s.together, s.running)
	latency, fail := s.latency, s.fail
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.running--; s.mu.Unlock() }()
	if !backoff.Sleep(ctx, latency) {
		return 0, ctx.Err()
	}
	if fail != nil {
		if err := fail(key); err != nil {
			return 0, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored, exists := s.objects[key]; exists {
		if name.Digest != "" && stored != name.Digest {
			return Different, nil
		}
		return Present, nil
	}
	s.objects[key] = string(body)
	return Created, nil
}

func (s *simStore) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.objects)
}

func (s *simStore) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.uploads {
		all += n
	}
	return all
}

func (s *simStore) triesOf(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads[key]
}

// change sets fields while a consumer is at work.
func (s *simStore) change(set func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set()
}

// atOnce is the most uploads at once so far.
func (s *simStore) atOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.together
}

var errDown = errors.New("503 Service Unavailable")

// apiError is an error as the AWS SDK makes them.
type apiError struct{ code, text string }

func (e apiError) Error() string {
	return "operation error S3: PutObject, api error " + e.code + ": " + e.text
}
func (e apiError) ErrorCode() string    { return e.code }
func (e apiError) ErrorMessage() string { return e.text }

// errDenied may be the fault of one message or of all.
var errDenied error = apiError{"AccessDenied", "Access Denied"}

// errKeyTooLong is one message's own.
var errKeyTooLong = fmt.Errorf("%w: %w", ErrPermanent, apiError{"KeyTooLongError", "Your key is too long"})
