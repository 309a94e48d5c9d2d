package consumer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// simStore is S3 as far as a consumer can tell.
type simStore struct {
	latency time.Duration
	// fail may answer an upload with an error instead.
	fail func(key string) error

	mu       sync.Mutex
	objects  map[string]string
	uploads  int
	running  int
	together int // the most uploads at once
}

func newSimStore() *simStore { return &simStore{objects: map[string]string{}} }

func (s *simStore) PutIfAbsent(ctx context.Context, key string, body []byte) (bool, error) {
	s.mu.Lock()
	s.uploads++
	s.running++
	s.together = max(s.together, s.running)
	latency, fail := s.latency, s.fail
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.running--; s.mu.Unlock() }()
	if !pause(ctx, latency) {
		return false, ctx.Err()
	}
	if fail != nil {
		if err := fail(key); err != nil {
			return false, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, exists := s.objects[key]; exists {
		return false, nil
	}
	s.objects[key] = string(body)
	return true, nil
}

func (s *simStore) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.objects)
}

func (s *simStore) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads
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
