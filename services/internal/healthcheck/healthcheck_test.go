package healthcheck

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestURLIsLoopback(t *testing.T) {
	assert.Equal(t, "http://127.0.0.1:8081/healthz", URL(8081))
}

func TestAskTakesOnly200ForHealthy(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("the pollers are stuck\n"))
	}))
	defer server.Close()

	require.NoError(t, Ask(t.Context(), server.URL))

	status = http.StatusServiceUnavailable
	assert.EqualError(t, Ask(t.Context(), server.URL),
		server.URL+" answered 503 Service Unavailable: the pollers are stuck")
}

func TestAskNamesTheAddressThatNobodyListensOn(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()

	assert.ErrorContains(t, Ask(t.Context(), url), url)
}
