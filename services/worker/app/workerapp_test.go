package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func portOf(t *testing.T, listener net.Listener) int {
	t.Helper()
	address, ok := listener.Addr().(*net.TCPAddr)
	require.True(t, ok)
	return address.Port
}

// An AWS that answers nothing but errors neither ends the worker nor makes it
// unhealthy: a restart would change nothing.
func TestRun_withoutAWS_staysHealthyAndStops(t *testing.T) {
	asked := make(chan struct{}, 100)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case asked <- struct{}{}:
		default:
		}
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer broken.Close()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s, err := settings.Read[Settings](environ())
	require.NoError(t, err)
	s.Endpoint = broken.URL
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, s, service.Options{
			Logger: slog.New(slog.DiscardHandler), Listener: listener,
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		})
	}()

	<-asked
	require.NoError(t, service.AskHealth(t.Context(), service.HealthURL(portOf(t, listener))))
	cancel()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(25 * time.Second):
		assert.Fail(t, "Run did not return")
	}
	require.Error(t, service.AskHealth(t.Context(), service.HealthURL(portOf(t, listener))), "the health server is gone")
}
