// Package fakes3 is the fake AWS's S3: gofakes3's protocol over a store of
// objects of its own, in memory or as plain files.
package fakes3

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/rclone/gofakes3"
)

// Service holds the buckets of one account.
type Service struct {
	backend *backend
	handler http.Handler
}

// Options choose where objects are.
type Options struct {
	// Clock dates objects. Required.
	Clock clockwork.Clock
	// Dir is the directory of the files; without it objects are in memory.
	Dir string
	// RootBucket is the bucket whose keys are paths under Dir. Other buckets are
	// in memory.
	RootBucket string
}

// New makes the service. Close it.
func New(o Options) (*Service, error) {
	b := &backend{clock: o.Clock, buckets: map[string]bucket{}}
	if o.Dir != "" {
		var err error
		if b.onDisk, err = openDisk(o.Dir, o.RootBucket); err != nil {
			return nil, err
		}
	}
	protocol := gofakes3.New(b,
		gofakes3.WithTimeSource(timeSource{o.Clock}),
		// Under a fake clock every request is skewed.
		gofakes3.WithTimeSkewLimit(0),
	)
	return &Service{backend: b, handler: protocol.Server()}, nil
}

// Close closes the directory.
func (s *Service) Close() error {
	if s.backend.onDisk == nil {
		return nil
	}
	return s.backend.onDisk.close()
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = s.pathStyle(r)
	if bucket, _ := bucketAndKey(r); bucket == "" && r.Method != http.MethodGet {
		s.Refuse(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return
	}
	s.handler.ServeHTTP(w, r)
}

// pathStyle turns a request to <bucket>.<host> into one to <host>/<bucket>.
func (s *Service) pathStyle(r *http.Request) *http.Request {
	bucket, _, dotted := strings.Cut(r.Host, ".")
	if !dotted || s.backend.store(bucket) == nil {
		return r
	}
	changed := r.Clone(r.Context())
	changed.URL.Path = "/" + bucket + r.URL.Path
	changed.URL.RawPath = ""
	return changed
}

// Create makes a bucket, unless it is there.
func (s *Service) Create(bucket string) error {
	if s.backend.store(bucket) != nil {
		return nil
	}
	return s.backend.CreateBucket(context.Background(), bucket)
}

// Keys are those of the bucket, sorted.
func (s *Service) Keys(bucket string) ([]string, error) {
	st := s.backend.store(bucket)
	if st == nil {
		return nil, gofakes3.BucketNotFound(bucket)
	}
	keys, err := st.keys()
	slices.Sort(keys)
	return keys, err
}

// Body is that of an object; found is false without it.
func (s *Service) Body(bucket, key string) (body []byte, found bool) {
	st := s.backend.store(bucket)
	if st == nil {
		return nil, false
	}
	got, err := st.get(key)
	if err != nil {
		return nil, false
	}
	return got.body, true
}

// timeSource is a clock as gofakes3 asks for it.
type timeSource struct{ clock clockwork.Clock }

func (t timeSource) Now() time.Time                     { return t.clock.Now().UTC() }
func (t timeSource) Since(past time.Time) time.Duration { return t.clock.Since(past) }
