package httpserver

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/api/httpapi"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type allTokens struct{}

func (allTokens) Verify(context.Context, string) error { return nil }

type takenByQueue struct{}

func (takenByQueue) Publish(context.Context, publisher.Message) (string, error) { return "id", nil }

// api is the real handler, for which AWS takes everything.
func api(t *testing.T) http.HandlerFunc {
	t.Helper()
	handler, err := httpapi.New(httpapi.Options{
		Tokens: allTokens{}, Publisher: takenByQueue{}, MaxBodyBytes: 1 << 20, Counts: &httpapi.Counts{},
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return handler.ServeHTTP
}

func TestSlowBody_isAnswered408AndItsConnectionClosed(t *testing.T) {
	r := runServer(t, api(t), func(s *Server) {
		s.http.ReadHeaderTimeout, s.http.ReadTimeout = 100*time.Millisecond, 200*time.Millisecond
	})
	connection := dial(t, r.addr)
	_, err := io.WriteString(connection, "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
	answers := bufio.NewReader(connection)
	response, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusRequestTimeout, response.StatusCode)
	assert.JSONEq(t, `{"detail":"The body did not arrive in time"}`, string(body))
	assert.True(t, response.Close)
	_, err = answers.ReadByte()
	require.ErrorIs(t, err, io.EOF, "the connection is closed")
	r.stop()
	require.NoError(t, <-r.done)
}
