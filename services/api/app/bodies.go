package app

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/ingest-iac/ingest/services/api/publisher"
)

// bodies bounds the memory that the bodies of all requests take together. What
// has arrived counts, not what was announced: thousands that announce much and
// send little take nobody's place.
type bodies struct {
	limit int64
	held  atomic.Int64
}

func newBodies(limit int64) *bodies { return &bodies{limit: limit} }

// counted has next read bodies within the bound; past it, reading ends with
// publisher.ErrOverloaded.
func (b *bodies) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &countedBody{ReadCloser: r.Body, bodies: b}
		defer func() { b.held.Add(-body.taken) }()
		r.Body = body
		next.ServeHTTP(w, r)
	})
}

// countedBody belongs to one request, which reads it in one goroutine.
type countedBody struct {
	io.ReadCloser
	*bodies
	taken int64
}

// Read implements io.Reader.
func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.taken += int64(n)
	if held := c.held.Add(int64(n)); n > 0 && held > c.limit {
		return 0, fmt.Errorf("%w: the bodies of all requests take %d bytes", publisher.ErrOverloaded, held)
	}
	return n, err
}
