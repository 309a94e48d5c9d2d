package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHealth_answersWithTheStateOfTheConsumer(t *testing.T) {
	var h consumer.Health
	server := newHealthServer(func() consumer.Health { return h })
	ask := func(method, path string) (int, string) {
		recorder := httptest.NewRecorder()
		server.Handler.ServeHTTP(recorder, httptest.NewRequest(method, path, http.NoBody))
		body, err := io.ReadAll(recorder.Body)
		require.NoError(t, err)
		return recorder.Code, string(body)
	}

	status, body := ask(http.MethodGet, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"status":"ok","in_flight":0,"retrying":0}`, body)

	at := time.Date(2026, 1, 2, 4, 4, 5, 678, time.FixedZone("", 3600))
	h = consumer.Health{
		InFlight: 6, Retrying: 2, LastFailure: "storing: AccessDenied: Access Denied",
		LastFailureAt: at, LastStoredAt: at.Add(time.Second), LastPolledAt: at.Add(2 * time.Second),
	}
	status, body = ask(http.MethodGet, "/healthz")
	assert.Equal(t, http.StatusOK, status, "a failure of AWS is not the worker's")
	assert.JSONEq(t, `{"status":"ok","in_flight":6,"retrying":2,
		"last_failure":"storing: AccessDenied: Access Denied","last_failure_at":"2026-01-02T03:04:05Z",
		"last_stored_at":"2026-01-02T03:04:06Z","last_polled_at":"2026-01-02T03:04:07Z"}`, body)

	h = consumer.Health{Stalled: "poller 1 has not moved for 1m31s"}
	status, body = ask(http.MethodGet, "/healthz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.JSONEq(t, `{"status":"stalled","detail":"poller 1 has not moved for 1m31s","in_flight":0,"retrying":0}`, body)

	status, _ = ask(http.MethodPost, "/healthz")
	assert.Equal(t, http.StatusMethodNotAllowed, status)
	status, _ = ask(http.MethodGet, "/")
	assert.Equal(t, http.StatusNotFound, status)
}

func TestHealth_portIsTaken_namesIt(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	s, err := settings.Read[Settings](environ())
	require.NoError(t, err)
	s.HealthPort = portOf(t, taken.Listener)

	err = Run(t.Context(), s, service.Options{Logger: slog.New(slog.DiscardHandler)})

	require.ErrorContains(t, err, "listening on HEALTH_PORT ")
	require.ErrorContains(t, err, "address already in use")
}
