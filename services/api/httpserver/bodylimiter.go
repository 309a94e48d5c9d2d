package httpserver

import (
	"container/list"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/api/publisher"
)

// smallBody is the size up to which a body is not refused for others, as long as
// larger ones can be.
const smallBody = 64 << 10

// bodyLimiter bounds the memory that the bodies of all requests take together.
// What has arrived counts, not what was announced. When a body needs more than
// there is, the one that has been arriving longest is refused: of those above
// smallBody if there are any, else of all.
type bodyLimiter struct {
	limit int64

	mu   sync.Mutex
	held int64
	// small and large are the bodies that are still arriving, longest first.
	small, large list.List
}

func newBodyLimiter(limit int64) *bodyLimiter { return &bodyLimiter{limit: limit} }

// limited has next read bodies within the bound; reading a body that is refused
// ends with publisher.ErrOverloaded. A body counts until it is closed or next
// returns.
func (l *bodyLimiter) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == http.NoBody {
			requestArrived(r.Context())
			next.ServeHTTP(w, r)
			return
		}
		body := &limitedBody{
			ReadCloser: r.Body, limiter: l,
			arrived:   func() { requestArrived(r.Context()) },
			interrupt: func() { _ = http.NewResponseController(w).SetReadDeadline(time.Now()) },
		}
		l.mu.Lock()
		body.enter(&l.small)
		l.mu.Unlock()
		defer body.release()
		r.Body = body
		next.ServeHTTP(w, r)
	})
}

// slowest is the body to refuse first, nil when all have arrived; l.mu is held.
func (l *bodyLimiter) slowest() *limitedBody {
	for _, bodies := range []*list.List{&l.large, &l.small} {
		if first := bodies.Front(); first != nil {
			return first.Value.(*limitedBody)
		}
	}
	return nil
}

// limitedBody belongs to one request, which reads it in one goroutine.
type limitedBody struct {
	io.ReadCloser
	limiter *bodyLimiter
	// arrived is called at the end of the body, interrupt ends a Read that waits.
	arrived, interrupt func()

	// The rest is guarded by limiter.mu.

	held    int64
	refused bool
	// bodies is the list that place is in, nil when the body does not arrive any
	// more.
	bodies *list.List
	place  *list.Element
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.hold(int64(n), err != nil) {
		return 0, fmt.Errorf("%w: the bodies of all requests take %d bytes", publisher.ErrOverloaded, b.limiter.limit)
	}
	if err == io.EOF {
		b.arrived()
	}
	return n, err
}

// hold counts n more bytes, which are the last when ended is set. It reports
// whether the body is refused.
func (b *limitedBody) hold(n int64, ended bool) (refused bool) {
	l := b.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.refused {
		return true
	}
	b.held += n
	l.held += n
	switch {
	case ended:
		b.leave()
	case b.bodies == &l.small && b.held > smallBody:
		b.leave()
		b.enter(&l.large)
	}
	for l.held > l.limit {
		slowest := l.slowest()
		if slowest == nil {
			slowest = b
		}
		slowest.refuse()
	}
	return b.refused
}

// enter and leave keep the body's place; limiter.mu is held.
func (b *limitedBody) enter(bodies *list.List) { b.bodies, b.place = bodies, bodies.PushBack(b) }

func (b *limitedBody) leave() {
	if b.bodies != nil {
		b.bodies.Remove(b.place)
		b.bodies, b.place = nil, nil
	}
}

// refuse takes the body's memory back; limiter.mu is held.
func (b *limitedBody) refuse() {
	b.refused = true
	b.leave()
	b.limiter.held -= b.held
	b.held = 0
	b.interrupt()
}

// release stops counting the body.
func (b *limitedBody) release() {
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	b.leave()
	b.limiter.held -= b.held
	b.held = 0
}

// Close implements io.Closer. The caller keeps nothing of the body.
func (b *limitedBody) Close() error {
	b.release()
	return b.ReadCloser.Close()
}
