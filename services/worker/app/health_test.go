package app

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHealthAnswersWithTheReason(t *testing.T) {
	var problem error
	server := newHealthServer(func() error { return problem })
	ask := func(method, path string) (int, string) {
		recorder := httptest.NewRecorder()
		server.Handler.ServeHTTP(recorder, httptest.NewRequest(method, path, http.NoBody))
		body, err := io.ReadAll(recorder.Body)
		require.NoError(t, err)
		return recorder.Code, string(body)
	}

	status, body := ask(http.MethodGet, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"status":"ok"}`, body)

	problem = errors.New("poller 1 has not moved for 1m31s")
	status, body = ask(http.MethodGet, "/healthz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.JSONEq(t, `{"status":"stuck","detail":"poller 1 has not moved for 1m31s"}`, body)

	status, _ = ask(http.MethodPost, "/healthz")
	assert.Equal(t, http.StatusMethodNotAllowed, status)
	status, _ = ask(http.MethodGet, "/")
	assert.Equal(t, http.StatusNotFound, status)
}

func TestATakenHealthPortIsNamed(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	s, err := Load(environ())
	require.NoError(t, err)
	s.HealthPort = portOf(t, taken.Listener)

	err = Run(t.Context(), s, Options{Logger: slog.New(slog.DiscardHandler)})

	require.ErrorContains(t, err, "listening for health checks on HEALTH_PORT ")
	require.ErrorContains(t, err, "address already in use")
}
