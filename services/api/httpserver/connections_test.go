package httpserver

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnswer_notRead_takesLittleOfTheKernelsMemory(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	limited := newConnections(listener, 1)
	defer func() { _ = limited.Close() }()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	require.NoError(t, client.(*net.TCPConn).SetReadBuffer(4096))
	accepted, err := limited.Accept()
	require.NoError(t, err)
	defer func() { _ = accepted.Close() }()

	// Without a bound, the kernel takes all of it at once.
	answer := make([]byte, 1<<20)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = accepted.SetWriteDeadline(time.Now()) })
	defer stop()
	n, err := accepted.Write(answer)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	assert.Less(t, n, 4*writeBuffer)
}

// On one processor, a client that has sent many requests at once does not have all of
// them answered before another one has a turn.
func TestConnections_requestsThatNeverEnd_takeTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const requests = 300
	text := strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", requests)
	var mu sync.Mutex
	var order []string
	all := make(chan struct{})
	served := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if order = append(order, r.RemoteAddr); len(order) == 2*requests {
			close(all)
		}
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	for range 2 {
		connection := dial(t, listener.Addr().String())
		_, err = io.WriteString(connection, text)
		require.NoError(t, err)
	}
	server := &http.Server{Handler: served, ReadHeaderTimeout: time.Minute}
	defer func() { _ = server.Close() }()
	go func() { _ = server.Serve(newConnections(listener, 2)) }()
	<-all
	other := slices.IndexFunc(order, func(address string) bool { return address != order[0] })
	assert.Less(t, other, requests/2, "requests of one client before the first of the other")
}
