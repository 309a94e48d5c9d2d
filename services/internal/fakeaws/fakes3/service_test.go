package fakes3

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOperations_haveTheNamesOfAWS(t *testing.T) {
	s, err := New(Options{Clock: clockwork.NewFakeClock()})
	require.NoError(t, err)
	require.NoError(t, s.Create("bucket"))
	for request, want := range map[string]string{
		"GET /":                              "ListBuckets",
		"PUT /bucket":                        "CreateBucket",
		"DELETE /bucket":                     "DeleteBucket",
		"HEAD /bucket":                       "HeadBucket",
		"POST /bucket?delete":                "DeleteObjects",
		"GET /bucket?list-type=2&prefix=a":   "ListObjectsV2",
		"PUT /bucket/a/b":                    "PutObject",
		"GET /bucket/a/b":                    "GetObject",
		"HEAD /bucket/a/b":                   "HeadObject",
		"DELETE /bucket/a/b":                 "DeleteObject",
		"POST /bucket/a?uploadId=1":          "CompleteMultipartUpload",
		"PUT http://bucket.localhost:4566/a": "PutObject",
	} {
		method, url, _ := strings.Cut(request, " ")
		assert.Equal(t, "s3."+want, s.Operation(httptest.NewRequest(method, url, nil)), request)
	}
}

func TestBucket_inTheHost_isFound(t *testing.T) {
	s, err := New(Options{Clock: clockwork.NewFakeClock()})
	require.NoError(t, err)
	require.NoError(t, s.Create("bucket"))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPut, "http://bucket.localhost:4566/a/b", strings.NewReader("x"))
	r.Header.Set("Content-Length", "1") // as net/http's server leaves it in place
	s.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	body, found := s.Body("bucket", "a/b")
	assert.True(t, found)
	assert.Equal(t, "x", string(body))
}
