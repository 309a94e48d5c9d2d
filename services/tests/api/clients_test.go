package api

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is less than the 30 s that the api gives a body, and more than a busy
// machine takes for anything else.
const patience = 20 * time.Second

// connect opens a connection to the api and sends text on it.
func (w *world) connect(t *testing.T, text string) net.Conn {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(w.api.Port))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	_, err = io.WriteString(connection, text)
	require.NoError(t, err)
	return connection
}

// answer reads one answer from a connection.
func answer(t *testing.T, connection net.Conn) (status int, body string) {
	t.Helper()
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(patience)))
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(read)
}

const head = "POST /ingest HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"

func TestBody_overTheLimit_is413BeforeItHasArrived(t *testing.T) {
	w := newWorld(t, map[string]string{"MAX_BODY_BYTES": "2048"})
	const want = `{"detail":"The body is too large; allowed are 2048 bytes"}`

	t.Run("announced", func(t *testing.T) {
		status, body := answer(t, w.connect(t, head+"Content-Length: 2049\r\n\r\n{"))
		assert.Equal(t, http.StatusRequestEntityTooLarge, status)
		assert.Equal(t, want, body)
	})
	t.Run("chunked, without a length", func(t *testing.T) {
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1024, strings.Repeat(" ", 1024))
		status, body := answer(t, w.connect(t, head+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat(chunk, 3)))
		assert.Equal(t, http.StatusRequestEntityTooLarge, status)
		assert.Equal(t, want, body)
	})
	t.Run("chunked, within the limit", func(t *testing.T) {
		status, _ := answer(t, w.connect(t, head+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"))
		assert.Equal(t, http.StatusUnprocessableEntity, status)
	})
}

// headerLimit is how many bytes of a header net/http reads before it gives up:
// the api's limit, and 4096 more.
// https://pkg.go.dev/net/http#Server.MaxHeaderBytes
const headerLimit = 16<<10 + 4<<10

func TestHalfClosedConnection_isAnsweredWithTheResult(t *testing.T) {
	w := newWorld(t, nil)
	body := payload("c")
	for range 20 {
		connection := w.connect(t, head+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))+body)
		require.NoError(t, connection.(*net.TCPConn).CloseWrite())
		status, answered := answer(t, connection)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, answered, "accepted")
	}
	assert.NotContains(t, w.api.Log.String(), `"status":499`)
}

func TestHeaders_overTheLimit_are431(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	// Not a byte more than is read: whatever lay unread when the connection is
	// closed would have it reset, and a reset may overtake the answer.
	start := head + "X-Long: "
	connection := w.connect(t, start+strings.Repeat("x", headerLimit-len(start)))
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(patience)))
	all, err := io.ReadAll(connection)
	require.NoError(t, err, "%s", all)
	assert.True(t, strings.HasPrefix(string(all), "HTTP/1.1 431 Request Header Fields Too Large\r\n"), "%s", all)
	assert.Equal(t, http.StatusOK, w.status(t, fakeaws.LocalToken), "everybody else is served")
}

// resident is the most memory, in bytes, that a process has had in use; 0 where
// there is no /proc.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(size)[0], 10, 64)
			require.NoError(t, err)
			return kilobytes << 10
		}
	}
	require.Fail(t, "no VmHWM", "%s", status)
	return 0
}

func TestPendingMessage_clientLeaves_isNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	assert.Equal(t, http.StatusOK, w.status(t, fakeaws.LocalToken))
	slow := w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 4 * time.Second}})
	// Large messages share no call: these are all that may be in flight at once.
	var staying sync.WaitGroup
	for range 12 {
		staying.Go(func() {
			response, err := post(w.api.URL("/ingest"), fakeaws.LocalToken, strings.Repeat("a", 200_000))
			if assert.NoError(t, err) {
				assert.Equal(t, http.StatusOK, response.StatusCode)
			}
		})
	}
	require.Eventually(t, func() bool { return w.aws.Faults.Calls("sqs.SendMessage*") >= 13 }, patience, time.Millisecond)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	body := `{"data":{"email_subject":"left","email_sender":"x","email_timestream":1,"email_content":"c"},"token":"` + fakeaws.LocalToken + `"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.api.URL("/ingest"), bytes.NewBufferString(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool { return strings.Contains(w.api.Log.String(), `"status":499`) }, patience, 10*time.Millisecond)
	staying.Wait()
	slow()
	assert.Equal(t, http.StatusOK, w.status(t, fakeaws.LocalToken))
	for _, queued := range w.aws.SQS.Messages(fakeaws.LocalQueue) {
		assert.NotContains(t, queued.Body, `"left"`)
	}
}
