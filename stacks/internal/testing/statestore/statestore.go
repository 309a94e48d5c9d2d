// Package statestore is the S3 and the KMS that the pulumi program itself talks to
// when a stack's state is in a bucket and its secrets are under a key. Tests run
// the real program against it.
package statestore

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
	"github.com/stretchr/testify/require"
)

// Account describes what the account has. A bucket or a key that it does not have is
// answered as AWS answers; an unset function says that nothing exists.
type Account struct {
	// HasBucket reports whether there is a bucket of that name.
	HasBucket func(name string) bool
	// HasKey reports whether there is a key with that alias, as in alias/ingest-pulumi.
	HasKey func(alias string) bool
}

// Hosts of the two services. Buckets are reached by name below the first, as in
// AWS: no DNS has either, so requests arrive only through the proxy setting of Env.
const (
	s3Host  = "s3.test"
	kmsHost = "kms.test"
)

// Store is the running pair of services.
type Store struct {
	account Account
	server  *httptest.Server
	keys    *keys

	mu      sync.Mutex
	buckets map[string]http.Handler
}

// Start starts both services; they end with the test.
func Start(tb testing.TB, account Account) *Store {
	tb.Helper()
	s := &Store{account: account, keys: newKeys(tb, account.HasKey), buckets: map[string]http.Handler{}}
	s.server = httptest.NewServer(s)
	tb.Cleanup(s.server.Close)
	return s
}

// Env is the environment in which pulumi finds the two services.
func (s *Store) Env() []string {
	return []string{
		"HTTP_PROXY=" + s.server.URL, "http_proxy=" + s.server.URL,
		"AWS_ENDPOINT_URL_S3=http://" + s3Host, "AWS_ENDPOINT_URL_KMS=http://" + kmsHost,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// ServeHTTP answers as the proxy that everything is sent to.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host == kmsHost {
		s.keys.ServeHTTP(w, r)
		return
	}
	bucket, found := strings.CutSuffix(r.Host, "."+s3Host)
	if !found {
		http.Error(w, "statestore serves S3 and KMS only, not "+r.Host, http.StatusBadGateway)
		return
	}
	objects, err := s.bucket(r.Context(), bucket)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	objects.ServeHTTP(w, r)
}

// bucket serves a bucket while the account has it. Without it the answer is S3's
// own, and what was in it is gone.
func (s *Store) bucket(ctx context.Context, name string) (http.Handler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	exists := s.account.HasBucket != nil && s.account.HasBucket(name)
	if objects := s.buckets[name]; exists && objects != nil {
		return objects, nil
	}
	backend := s3mem.New()
	objects := gofakes3.New(backend, gofakes3.WithHostBucket(true)).Server()
	delete(s.buckets, name)
	if exists {
		s.buckets[name] = objects
		if err := backend.CreateBucket(ctx, name); err != nil {
			return nil, fmt.Errorf("making bucket %s: %w", name, err)
		}
	}
	return objects, nil
}

// Objects are the contents of a bucket by key.
func (s *Store) Objects(t *testing.T, bucket string) map[string]string {
	t.Helper()
	found := map[string]string{}
	request := func(target string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		r.Host = bucket + "." + s3Host
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, r)
		require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		return answer.Body.String()
	}
	for part := range strings.SplitSeq(request("/"), "<Key>") {
		if key, _, isKey := strings.Cut(part, "</Key>"); isKey {
			found[key] = request("/" + key)
		}
	}
	return found
}
