package service

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestURL_isLoopback(t *testing.T) {
	assert.Equal(t, "http://127.0.0.1:8081/healthz", HealthURL(8081))
}

func TestAskHealth_only200_isHealthy(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("the pollers are stuck\n"))
	}))
	defer server.Close()

	require.NoError(t, AskHealth(t.Context(), server.URL))

	status = http.StatusServiceUnavailable
	assert.EqualError(t, AskHealth(t.Context(), server.URL),
		server.URL+" answered 503 Service Unavailable: the pollers are stuck")
}

func TestAskHealth_noListener_namesTheAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()

	assert.ErrorContains(t, AskHealth(t.Context(), url), url)
}
