package httpserver

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server in the test's own process.
type running struct {
	*Server
	addr string
	stop context.CancelFunc
	done chan error
}

func runServer(t *testing.T, handler http.HandlerFunc, shape func(*Server)) *running {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(handler, 10*time.Millisecond, slog.New(slog.DiscardHandler))
	if shape != nil {
		shape(s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{Server: s, addr: listener.Addr().String(), stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- s.Serve(ctx, listener) }()
	t.Cleanup(cancel)
	return r
}

func TestLimits_areThoseOfTheContract(t *testing.T) {
	s := New(http.NotFoundHandler(), DrainDelay, slog.New(slog.DiscardHandler))
	assert.Equal(t, 75*time.Second, s.http.IdleTimeout, "above the ALB's 60 s")
	assert.Equal(t, 10*time.Second, s.http.ReadHeaderTimeout)
	assert.Equal(t, 30*time.Second, s.http.ReadTimeout)
}

func TestStop_requestsInFlight_areFinished(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	r := runServer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-finish
		_, _ = io.WriteString(w, "finished")
	}, nil)
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + r.addr)
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		answered <- string(body)
	}()
	<-began
	r.stop()
	select {
	case err := <-r.done:
		require.Fail(t, "stopped with a request in flight", "%v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	assert.Equal(t, "finished", <-answered)
	require.NoError(t, <-r.done)
	http.DefaultClient.CloseIdleConnections()
}

func TestStop_loadBalancerStillSends_requestsAreTaken(t *testing.T) {
	r := runServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		func(s *Server) { s.drainDelay = 2 * time.Second })
	r.stop()
	response, err := http.Get("http://" + r.addr)
	require.NoError(t, err)
	_ = response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.True(t, response.Close, "asks to be closed")
	require.NoError(t, <-r.done)
}

func TestStop_requestOnAnIdleConnection_isAnswered(t *testing.T) {
	r := runServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		func(s *Server) { s.drainDelay = 2 * time.Second })
	connection := dial(t, r.addr)
	answers := bufio.NewReader(connection)
	ask := func() *http.Response {
		_, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	assert.False(t, ask().Close)
	r.stop()
	require.Eventually(t, r.stopping.Load, time.Second, time.Millisecond)
	<-time.After(100 * time.Millisecond)
	assert.True(t, ask().Close, "asks to be closed")
	require.NoError(t, <-r.done)
}

func TestStop_slowBody_isCutOff(t *testing.T) {
	r := runServer(t, func(w http.ResponseWriter, q *http.Request) { _, _ = io.Copy(w, q.Body) },
		func(s *Server) { s.drainWithin = 100 * time.Millisecond })
	connection := dial(t, r.addr)
	_, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow")
	require.NoError(t, err)
	<-time.After(50 * time.Millisecond)
	r.stop()
	require.NoError(t, <-r.done, "it was not accepted yet")
}

func TestSlowHeadersAndBodies_areCutOff(t *testing.T) {
	var got bytes.Buffer
	r := runServer(t, func(w http.ResponseWriter, q *http.Request) {
		_, err := io.ReadAll(q.Body)
		if err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	}, func(s *Server) {
		s.http.ReadHeaderTimeout, s.http.ReadTimeout = 100*time.Millisecond, 200*time.Millisecond
	})
	for name, sent := range map[string]string{
		"header": "POST / HTTP/1.1\r\nHost",
		"body":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow",
	} {
		connection := dial(t, r.addr)
		_, err := io.WriteString(connection, sent)
		require.NoError(t, err)
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(5*time.Second)))
		answer, err := io.ReadAll(connection)
		require.NoError(t, err, name)
		got.Write(answer)
	}
	assert.Contains(t, got.String(), "408 Request Timeout")
	r.stop()
	require.NoError(t, <-r.done)
}

func TestConnectionLimit_reached_closesTheLongestWaiting(t *testing.T) {
	serving, finish := make(chan struct{}), make(chan struct{})
	r := runServer(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/slow" {
			close(serving)
			<-finish
		}
		w.WriteHeader(http.StatusOK)
	}, func(s *Server) { s.maxConnections = 3 })
	ask := func(connection net.Conn, path string) {
		_, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
	}
	answered := func(connection net.Conn) error {
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err == nil {
			_ = response.Body.Close()
			assert.Equal(t, http.StatusOK, response.StatusCode)
		}
		return err
	}
	slow := dial(t, r.addr)
	ask(slow, "/slow")
	<-serving
	first := dial(t, r.addr)
	ask(first, "/")
	require.NoError(t, answered(first))
	second := dial(t, r.addr)
	ask(second, "/")
	require.NoError(t, answered(second))
	ask(first, "/")
	require.NoError(t, answered(first), "it is not the one that has waited longest any more")

	third := dial(t, r.addr)
	ask(third, "/")
	require.NoError(t, answered(third))
	require.ErrorIs(t, answered(second), io.ErrUnexpectedEOF)
	fourth := dial(t, r.addr)
	ask(fourth, "/")
	require.NoError(t, answered(fourth))
	require.ErrorIs(t, answered(first), io.ErrUnexpectedEOF)
	close(finish)
	require.NoError(t, answered(slow), "a request that is being served keeps its connection")
	r.stop()
	require.NoError(t, <-r.done)
}

func TestIdleConnections_doNotKeepOthersOut(t *testing.T) {
	r := runServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }, nil)
	for range 1000 {
		dial(t, r.addr)
	}
	connection := dial(t, r.addr)
	_, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(5*time.Second)))
	line, err := bufio.NewReader(connection).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 200 OK", strings.TrimSpace(line))
	r.stop()
	// Connections that never sent a request count as active for 5 s:
	// https://pkg.go.dev/net/http#Server.Shutdown
	require.NoError(t, <-r.done)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}
