package httpserver

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo answers with what it read, 503 for a body that is refused.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if errors.Is(err, publisher.ErrOverloaded) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write(body)
}

func sendBody(handler http.Handler, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	return recorder
}

func TestBodies_withinTheBound_passAndAreReleased(t *testing.T) {
	b := newBodyLimiter(10)
	handler := b.limited(http.HandlerFunc(echo))
	for range 3 {
		got := sendBody(handler, "0123456789")
		assert.Equal(t, http.StatusOK, got.Code)
		assert.Equal(t, "0123456789", got.Body.String())
	}
	assert.Equal(t, http.StatusServiceUnavailable, sendBody(handler, "0123456789x").Code)
	assert.Zero(t, b.held)
}

func TestBodies_countTogether(t *testing.T) {
	b := newBodyLimiter(10)
	handler := b.limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		inner := sendBody(b.limited(http.HandlerFunc(echo)), "56789x")
		w.WriteHeader(inner.Code)
	}))
	assert.Equal(t, http.StatusServiceUnavailable, sendBody(handler, "01234").Code)
	assert.Zero(t, b.held)
}

func TestAnnouncedBytes_doNotCount(t *testing.T) {
	r := runServer(t, echo, nil)
	for range 100 {
		_, err := io.WriteString(dial(t, r.addr), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n{")
		require.NoError(t, err)
	}
	connection := dial(t, r.addr)
	_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, "hello", string(body))
}

func TestBodies_beyondTheBound_slowestLargeOneIsRefused(t *testing.T) {
	limiter := newBodyLimiter(4 * smallBody)
	r := runServer(t, nil, func(s *Server) {
		s.http.Handler = limiter.limited(http.HandlerFunc(echo))
	})
	held := func(want int64) {
		require.Eventually(t, func() bool {
			limiter.mu.Lock()
			defer limiter.mu.Unlock()
			return limiter.held == want
		}, 20*time.Second, time.Millisecond, "%d bytes", want)
	}
	send := func(bytes int) net.Conn {
		connection := dial(t, r.addr)
		_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n"+strings.Repeat("x", bytes))
		require.NoError(t, err)
		return connection
	}
	status := func(connection net.Conn) int {
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		_ = response.Body.Close()
		return response.StatusCode
	}
	send(smallBody)
	held(smallBody)
	slowest := send(smallBody + 1)
	held(2*smallBody + 1)
	send(smallBody + 2)
	held(3*smallBody + 3)
	send(smallBody)
	assert.Equal(t, http.StatusServiceUnavailable, status(slowest))
	held(3*smallBody + 2)
	limiter.mu.Lock()
	defer limiter.mu.Unlock()
	assert.Equal(t, 2, limiter.small.Len())
	assert.Equal(t, 1, limiter.large.Len())
}
