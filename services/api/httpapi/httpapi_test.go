package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/token"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fakeTokens struct {
	verify func(ctx context.Context, presented string) error
}

func (f fakeTokens) Verify(ctx context.Context, presented string) error {
	return f.verify(ctx, presented)
}

type fakePublisher struct {
	publish func(ctx context.Context, m publisher.Message) (string, error)
}

func (f fakePublisher) Publish(ctx context.Context, m publisher.Message) (string, error) {
	return f.publish(ctx, m)
}

const right = "local-dev-token"

// world is an API over fakes that take the right token and every message.
type world struct {
	Options
	log  bytes.Buffer
	sent []string
	// keys are the idempotency keys of what was sent.
	keys []string
}

func newWorld() *world {
	w := &world{}
	w.Options = Options{
		Tokens: fakeTokens{func(_ context.Context, presented string) error {
			if presented != right {
				return token.ErrInvalid
			}
			return nil
		}},
		Publisher: fakePublisher{func(_ context.Context, m publisher.Message) (string, error) {
			w.sent, w.keys = append(w.sent, string(m.Body)), append(w.keys, m.IdempotencyKey)
			return fmt.Sprintf("id-%d", len(w.sent)), nil
		}},
		Counts:       &Counts{},
		MaxBodyBytes: 1 << 20,
		Now:          func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC) },
		Logger:       slog.New(slog.NewJSONHandler(&w.log, nil)),
		Version:      "1.2.3",
	}
	return w
}

func (w *world) handler(t *testing.T) http.Handler {
	t.Helper()
	handler, err := New(w.Options)
	require.NoError(t, err)
	return handler
}

func (w *world) do(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	w.handler(t).ServeHTTP(recorder, request)
	return recorder
}

func payloadOf(timestream, content string) string {
	return `{"data":{"email_subject":"s","email_sender":"x","email_timestream":` + timestream +
		`,"email_content":"` + content + `"},"token":"` + right + `"}`
}

func TestAccepted_hasIDAndTime(t *testing.T) {
	w := newWorld()
	got := w.do(t, http.MethodPost, "/ingest", payloadOf("1", "c"))
	assert.Equal(t, http.StatusOK, got.Code)
	assert.Equal(t, `{"status":"accepted","message_id":"id-1","received_at":"2026-01-02T03:04:05.000006+00:00"}`, got.Body.String())
	assert.Equal(t, []string{`{"email_subject": "s", "email_sender": "x", "email_timestream": 1, "email_content": "c", ` +
		`"received_at": "2026-01-02T03:04:05.000006+00:00"}`}, w.sent)
}

func TestRoutes(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		method, path string
		status       int
		body         string
		header, want string
	}{
		{"GET", "/healthz", 200, `{"status":"ok"}`, "Content-Type", "application/json"},
		{"GET", "/", 404, `{"detail":"Not Found"}`, "", ""},
		{"POST", "/ingest/x", 404, `{"detail":"Not Found"}`, "", ""},
		{"GET", "/ingest", 405, `{"detail":"Method Not Allowed"}`, "Allow", "POST"},
		{"PUT", "/ingest", 405, `{"detail":"Method Not Allowed"}`, "Allow", "POST"},
		{"POST", "/healthz", 405, `{"detail":"Method Not Allowed"}`, "Allow", "GET"},
		{"POST", "/ingest/", 307, "", "Location", "/ingest"},
		{"POST", "/ingest/?a=b", 307, "", "Location", "/ingest?a=b"},
		{"GET", "/healthz/", 307, "", "Location", "/healthz"},
	} {
		got := w.do(t, c.method, c.path, "")
		assert.Equal(t, c.status, got.Code, "%s %s", c.method, c.path)
		if c.body != "" {
			assert.JSONEq(t, c.body, got.Body.String())
		}
		if c.header != "" {
			assert.Contains(t, got.Header().Get(c.header), c.want)
		}
	}
}

func TestErrorsOfAWS_areAnsweredAsTheContractSays(t *testing.T) {
	for _, c := range []struct {
		tokens, publish error
		status          int
		body            string
	}{
		{tokens: fmt.Errorf("asking: %w", token.ErrNotFound), status: 500, body: `{"detail":"Token parameter not found"}`},
		{tokens: fmt.Errorf("asking: %w", token.ErrUnavailable), status: 500, body: `{"detail":"Failed to retrieve token"}`},
		{tokens: token.ErrInvalid, status: 403, body: `{"detail":"Invalid token"}`},
		{publish: errors.New("down"), status: 500, body: `{"detail":"Failed to publish message"}`},
		{publish: fmt.Errorf("%w", publisher.ErrOverloaded), status: 503, body: `{"detail":"Too many requests are waiting; try again later"}`},
	} {
		w := newWorld()
		w.Tokens = fakeTokens{func(context.Context, string) error { return c.tokens }}
		w.Publisher = fakePublisher{func(context.Context, publisher.Message) (string, error) { return "", c.publish }}
		got := w.do(t, http.MethodPost, "/ingest", payloadOf("1", "c"))
		assert.Equal(t, c.status, got.Code)
		assert.JSONEq(t, c.body, got.Body.String())
		assert.Equal(t, c.status == 503, got.Header().Get("Retry-After") == "1")
		if c.status >= 500 {
			assert.Contains(t, w.log.String(), `"level":"ERROR"`)
			assert.Contains(t, w.log.String(), `"error":`)
		}
	}
}

func TestChecks_areMadeInTheOrderOfTheContract(t *testing.T) {
	w := newWorld()
	huge := strings.Repeat("é", message.MaxBytes/6)
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"form before token", `{"data":{}}`, 422},
		{"token present before right", strings.Replace(payloadOf(`"x"`, "c"), `"`+right+`"`, `""`, 1), 401},
		{"token right before timestamp", strings.Replace(payloadOf(`"x"`, "c"), right, "wrong", 1), 403},
		{"timestamp before size", payloadOf(`"x"`, huge), 400},
		{"size last", payloadOf("1", huge), 413},
	} {
		assert.Equal(t, c.status, w.do(t, http.MethodPost, "/ingest", c.body).Code, c.name)
	}
	assert.Empty(t, w.sent)
}

func TestMessageSize_upToTheMaximum_isAccepted(t *testing.T) {
	w := newWorld()
	require.Equal(t, 200, w.do(t, http.MethodPost, "/ingest", payloadOf("1", "")).Code)
	room := message.MaxBytes - len(w.sent[0])
	assert.Equal(t, 200, w.do(t, http.MethodPost, "/ingest", payloadOf("1", strings.Repeat("a", room))).Code)
	assert.Len(t, w.sent[1], message.MaxBytes)
	got := w.do(t, http.MethodPost, "/ingest", payloadOf("1", strings.Repeat("a", room+1)))
	assert.Equal(t, 413, got.Code)
	assert.JSONEq(t, `{"detail":"The message is 262145 bytes long as it is queued; allowed are 262144"}`, got.Body.String())
}

func TestBody_overTheLimit_isRefusedWithAndWithoutLength(t *testing.T) {
	w := newWorld()
	w.MaxBodyBytes = 100
	body := payloadOf("1", strings.Repeat("a", 100))
	assert.Equal(t, 413, w.do(t, http.MethodPost, "/ingest", body).Code)

	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ingest", io.MultiReader(strings.NewReader(body)))
	require.EqualValues(t, -1, request.ContentLength)
	recorder := httptest.NewRecorder()
	w.handler(t).ServeHTTP(recorder, request)
	assert.Equal(t, 413, recorder.Code)
	assert.JSONEq(t, `{"detail":"The body is too large; allowed are 100 bytes"}`, recorder.Body.String())
}

func TestBody_refused_isAnsweredBeforeItHasArrived(t *testing.T) {
	w := newWorld()
	w.MaxBodyBytes = 100
	server := httptest.NewServer(w.handler(t))
	t.Cleanup(server.Close)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	// Announces more than is allowed, and then sends nothing of it.
	_, err = io.WriteString(connection, "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n")
	require.NoError(t, err)
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(5*time.Second)))
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err, "an answer without the body")
	defer func() { _ = answer.Body.Close() }()
	assert.Equal(t, 413, answer.StatusCode)
	assert.True(t, answer.Close)
}

// serve runs the handler on a socket and returns a connection to it.
func (w *world) serve(t *testing.T) *net.TCPConn {
	t.Helper()
	server := httptest.NewServer(w.handler(t))
	t.Cleanup(server.Close)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
	return connection.(*net.TCPConn)
}

func readAnswer(t *testing.T, connection net.Conn) (response *http.Response, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response, string(read)
}

func requestOf(body string) string {
	return fmt.Sprintf("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func TestHalfClosedConnection_isAnsweredWithTheResult(t *testing.T) {
	w := newWorld()
	disconnected := make(chan struct{})
	w.Publisher = fakePublisher{func(context.Context, publisher.Message) (string, error) {
		<-disconnected
		return "id-late", nil
	}}
	handler := w.handler(t)
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, r *http.Request) {
		context.AfterFunc(r.Context(), func() { close(disconnected) })
		handler.ServeHTTP(writer, r)
	}))
	t.Cleanup(server.Close)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	_, err = io.WriteString(connection, requestOf(payloadOf("1", "c")))
	require.NoError(t, err)
	require.NoError(t, connection.(*net.TCPConn).CloseWrite())
	response, body := readAnswer(t, connection)
	assert.Equal(t, 200, response.StatusCode)
	assert.Contains(t, body, "id-late")
	assert.Contains(t, w.log.String(), `"status":200`)
}

func TestClientLeaves_pendingMessage_is503AndLoggedAs499(t *testing.T) {
	w := newWorld()
	w.Publisher = fakePublisher{func(ctx context.Context, _ publisher.Message) (string, error) {
		<-ctx.Done()
		return "", fmt.Errorf("%w: %w", publisher.ErrNotSent, ctx.Err())
	}}
	connection := w.serve(t)
	_, err := io.WriteString(connection, requestOf(payloadOf("1", "c")))
	require.NoError(t, err)
	require.NoError(t, connection.CloseWrite())
	response, _ := readAnswer(t, connection)
	assert.Equal(t, 503, response.StatusCode)
	assert.Equal(t, "1", response.Header.Get("Retry-After"))
	assert.Contains(t, w.log.String(), `"status":499`)
}

func TestNew_missingOptions_namesEach(t *testing.T) {
	_, err := New(Options{})
	for _, option := range []string{"Tokens", "Publisher", "Now", "Logger", "MaxBodyBytes"} {
		assert.ErrorContains(t, err, "option "+option)
	}
}
