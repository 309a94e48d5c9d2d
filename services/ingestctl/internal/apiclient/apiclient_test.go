package apiclient

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers with the given handlers in turn, the last one for good.
func serve(t *testing.T, attempts int, handlers ...http.HandlerFunc) (client *Client, calls *int) {
	t.Helper()
	calls = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next := handlers[min(*calls, len(handlers)-1)]
		*calls++
		next(w, r)
	}))
	client = New(server.URL, attempts, 2)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, calls
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const accepted = `{"status":"accepted","message_id":"m-1","received_at":"2026-01-02T03:04:05.000006+00:00"}`

func TestSend_readsTheAnswer(t *testing.T) {
	client, _ := serve(t, 3, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, `{"data":{}}`, string(body))
		assert.Equal(t, "/ingest", r.URL.Path)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		answering(http.StatusOK, accepted)(w, r)
	})
	answer := client.Send(t.Context(), []byte(`{"data":{}}`))
	assert.True(t, answer.Accepted())
	assert.Equal(t, "m-1", answer.MessageID)
	assert.Equal(t, 1, answer.Attempts)
	assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), answer.ReceivedAt.UTC())
	assert.Positive(t, answer.Latency)
}

func TestSend_temporaryErrors_areRetried(t *testing.T) {
	client, calls := serve(t, 4,
		answering(http.StatusInternalServerError, `{"detail":"Failed to publish message"}`),
		answering(http.StatusTooManyRequests, ""),
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		answering(http.StatusOK, accepted))
	answer := client.Send(t.Context(), nil)
	assert.True(t, answer.Accepted())
	assert.Equal(t, 4, answer.Attempts)
	assert.Equal(t, 4, *calls)
}

func TestSend_attemptsUsedUp_fails(t *testing.T) {
	client, calls := serve(t, 2, answering(http.StatusServiceUnavailable, `{"detail":"busy"}`))
	answer := client.Send(t.Context(), nil)
	assert.Equal(t, http.StatusServiceUnavailable, answer.Status)
	assert.Equal(t, "busy", answer.Detail)
	assert.Equal(t, 2, *calls)
}

func TestSend_payloadIsRefused_isNotRetried(t *testing.T) {
	client, calls := serve(t, 5, answering(http.StatusUnprocessableEntity, `{"detail":[{"msg":"field required"}]}`))
	answer := client.Send(t.Context(), nil)
	assert.Equal(t, http.StatusUnprocessableEntity, answer.Status)
	assert.JSONEq(t, `[{"msg":"field required"}]`, answer.Detail)
	assert.Equal(t, 1, *calls)
}

func TestSend_retryAfter_isWaited(t *testing.T) {
	client, _ := serve(t, 2,
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		answering(http.StatusOK, accepted))
	started := time.Now()
	assert.True(t, client.Send(t.Context(), nil).Accepted())
	assert.GreaterOrEqual(t, time.Since(started), time.Second)
}

func TestSend_contextEnds_stopsWaiting(t *testing.T) {
	client, calls := serve(t, 5, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	answer := client.Send(ctx, nil)
	assert.Equal(t, http.StatusServiceUnavailable, answer.Status)
	assert.Equal(t, 1, *calls)
}

func TestSend_answerOfAProxy_isQuoted(t *testing.T) {
	client, _ := serve(t, 1, answering(http.StatusBadGateway, "<html>502 Bad Gateway</html>"))
	assert.Equal(t, "<html>502 Bad Gateway</html>", client.Send(t.Context(), nil).Detail)
}

func TestSend_noListener_isNamed(t *testing.T) {
	server := httptest.NewServer(nil)
	client := New(server.URL, 1, 1)
	server.Close()
	answer := client.Send(t.Context(), nil)
	assert.Zero(t, answer.Status)
	assert.Contains(t, answer.Detail, "connection refused")
}

func TestRetryAfter_secondsAndDates(t *testing.T) {
	assert.Equal(t, 7*time.Second, retryAfter("7"))
	assert.Equal(t, time.Minute, retryAfter("3600"))
	assert.Zero(t, retryAfter("-1"))
	assert.Zero(t, retryAfter("soon"))
	later := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
	assert.InDelta(t, 30, retryAfter(later).Seconds(), 2)
}

func TestBackoff_growsToItsMaximum(t *testing.T) {
	for attempt := 1; attempt < 80; attempt++ {
		got := retryDelay.After(attempt)
		require.Positive(t, got)
		require.LessOrEqual(t, got, 5*time.Second)
	}
	assert.GreaterOrEqual(t, retryDelay.After(20), 2500*time.Millisecond)
}

func TestSend_contextEndsInFlight_hasItsGrace(t *testing.T) {
	arrived, answered := make(chan struct{}), make(chan struct{})
	client, _ := serve(t, 5, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-answered
		answering(http.StatusOK, accepted)(w, r)
	})
	client.Grace = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
		close(answered)
	}()
	assert.True(t, client.Send(ctx, nil).Accepted())
}

func TestSend_graceEnds_isCancelled(t *testing.T) {
	arrived, over := make(chan struct{}), make(chan struct{})
	client, calls := serve(t, 5, func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-over
	})
	client.Grace = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	answer := client.Send(ctx, nil)
	close(over)
	assert.Contains(t, answer.Detail, "context canceled")
	assert.Equal(t, 1, *calls)
}
