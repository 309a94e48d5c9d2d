package tracing

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/internal/testing/otlp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func read(t *testing.T, environ map[string]string) Settings {
	t.Helper()
	s, err := settings.Read[Settings](environ)
	require.NoError(t, err)
	return s
}

const (
	endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	exporter = "OTEL_TRACES_EXPORTER"
)

func TestSettings_sayWhetherAndWhereTracesAreSent(t *testing.T) {
	const local = "http://localhost:4318/v1/traces"
	for _, c := range []struct {
		environ map[string]string
		url     string // empty where traces are off
	}{
		{nil, ""},
		{map[string]string{"OTEL_SERVICE_NAME": "api", "OTEL_TRACES_SAMPLER": "always_on"}, ""},
		{map[string]string{exporter: "otlp"}, local},
		{map[string]string{endpoint: "https://otlp.example.com/x/"}, "https://otlp.example.com/x/v1/traces"},
		{map[string]string{endpoint: "http://a:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b:2/in?x=1"}, "http://b:2/in?x=1"},
		{map[string]string{endpoint: "http://a:1", exporter: "none"}, ""},
		{map[string]string{exporter: "otlp", "OTEL_SDK_DISABLED": "TRUE"}, ""},
		{map[string]string{exporter: "otlp", "OTEL_SDK_DISABLED": "false"}, local},
	} {
		s := read(t, c.environ)
		assert.Equal(t, c.url != "", s.on(), "%v", c.environ)
		if c.url != "" {
			assert.Equal(t, c.url, s.url())
		}
	}
}

func TestSettings_wrongValues_areNamed(t *testing.T) {
	wrong := map[string]string{
		exporter: "jaeger", endpoint: "collector:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
		"OTEL_TRACES_SAMPLER": "often", "OTEL_TRACES_SAMPLER_ARG": "1.5", "OTEL_EXPORTER_OTLP_HEADERS": "secret",
	}
	_, err := settings.Read[Settings](wrong)
	for name := range wrong {
		require.ErrorContains(t, err, name)
	}
	assert.NotContains(t, err.Error(), "secret")
}

// started is a tracer that sends to a collector.
type started struct {
	trace.Tracer
	stop func()
	log  bytes.Buffer
}

func begin(t *testing.T, environ map[string]string) *started {
	t.Helper()
	s := &started{}
	var err error
	s.Tracer, s.stop, err = Start(t.Context(), read(t, environ), "ingest-api", "1.2.3", slog.New(slog.NewJSONHandler(&s.log, nil)))
	require.NoError(t, err)
	return s
}

func TestStart_off_hasNoTracer(t *testing.T) {
	s := begin(t, nil)
	assert.Nil(t, s.Tracer)
	s.stop()
	assert.Empty(t, s.log.String())
}

func TestStop_sendsTheSpansThatHaveEnded(t *testing.T) {
	c := otlp.Start(t)
	s := begin(t, map[string]string{endpoint: c.URL, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x=y"})
	ctx, parent := s.Start(context.Background(), "parent")
	message := Receive(s, Traceparent(ctx))
	message.Call("upload").End("AccessDenied")
	message.Set("messaging.message.id", "id-1")
	message.End("")
	parent.End()
	s.stop()

	spans := c.Spans()
	require.Len(t, spans, 3)
	upload, process, root := spans[0], spans[1], spans[2]
	assert.Equal(t, []string{"upload", "process", "parent"}, []string{upload.Name, process.Name, root.Name})
	assert.Equal(t, []string{process.ID, root.ID, ""}, []string{upload.Parent, process.Parent, root.Parent})
	assert.Equal(t, []string{root.TraceID, root.TraceID}, []string{upload.TraceID, process.TraceID})
	assert.Equal(t, []bool{true, false, false}, []bool{upload.Failed, process.Failed, root.Failed})
	assert.Equal(t, "id-1", process.Attributes["messaging.message.id"])
	assert.Equal(t, "ingest-api", root.Service)
	header := c.Calls()[0]
	assert.Equal(t, []string{"a b", "y", "application/x-protobuf"}, []string{header.Get("Api-Key"), header.Get("X"), header.Get("Content-Type")})
	assert.NotContains(t, s.log.String(), "a b")
}

func TestStart_variablesOfTheSDK_areRead(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "other")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	c := otlp.Start(t)
	s := begin(t, map[string]string{endpoint: c.URL})
	_, span := s.Start(t.Context(), "dropped")
	span.End()
	s.stop()
	assert.Empty(t, c.Spans())

	t.Setenv("OTEL_TRACES_SAMPLER", "always_on")
	s = begin(t, map[string]string{endpoint: c.URL})
	_, span = s.Start(t.Context(), "sent")
	span.End()
	s.stop()
	require.Len(t, c.Spans(), 1)
	assert.Equal(t, "other", c.Spans()[0].Service)
}

func TestStop_collectorHangs_endsWithoutIt(t *testing.T) {
	c := otlp.Start(t)
	c.Answer(otlp.Hang)
	s := begin(t, map[string]string{endpoint: c.URL, "OTEL_EXPORTER_OTLP_TIMEOUT": "60000"})
	began := time.Now()
	for range 5000 {
		_, span := s.Start(t.Context(), "lost")
		span.End()
	}
	s.stop()
	assert.Less(t, time.Since(began), 30*time.Second, "neither a span nor the stop waits for the collector")
}

func TestUpload_temporaryFailure_isTriedAgain(t *testing.T) {
	c := otlp.Start(t)
	c.Answer(func(w http.ResponseWriter, _ *http.Request) {
		c.Answer(nil)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	log := &bytes.Buffer{}
	sending := newSender(read(t, map[string]string{endpoint: c.URL}), slog.New(slog.NewJSONHandler(log, nil)))
	require.NoError(t, sending.UploadTraces(t.Context(), nil))
	assert.Len(t, c.Calls(), 2)
	assert.Empty(t, log.String())
	require.NoError(t, sending.Stop(t.Context()))
}

func TestUpload_failure_logHasHostAndNoCredentials(t *testing.T) {
	for url, logged := range map[string]string{
		"http://user:hunter2@127.0.0.1:1/v1/traces?key=hunter2": "sending spans to 127.0.0.1:1: ",
		"http://user:hunter2%@127.0.0.1/":                       "sending spans to ",
	} {
		log := &bytes.Buffer{}
		environ := map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url, "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
		sending := newSender(read(t, environ), slog.New(slog.NewJSONHandler(log, nil)))
		require.NoError(t, sending.UploadTraces(t.Context(), nil))
		require.NoError(t, sending.Stop(t.Context()))
		assert.Contains(t, log.String(), logged)
		assert.NotContains(t, log.String(), "hunter2")
	}
}

func TestUpload_failures_areLoggedOnce(t *testing.T) {
	c := otlp.Start(t)
	c.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
	s := begin(t, map[string]string{endpoint: c.URL})
	span := func() { _, span := s.Start(t.Context(), "span"); span.End() }
	calls := func(n int) {
		require.Eventually(t, func() bool { return len(c.Calls()) == n }, 20*time.Second, time.Millisecond)
	}
	span()
	calls(1)
	span()
	calls(2)
	c.Answer(nil)
	span()
	calls(3)
	s.stop()
	assert.Equal(t, 1, strings.Count(s.log.String(), "the collector answered 401 Unauthorized"), s.log.String())
	assert.Contains(t, s.log.String(), `"msg":"traces are sent again","lost_spans":2`)
}

func TestWithParent_takesIdsAndFlagsOfAValidValueOnly(t *testing.T) {
	const valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	got := trace.SpanContextFromContext(WithParent(t.Context(), valid))
	assert.True(t, got.IsRemote())
	assert.Equal(t, valid, Traceparent(WithParent(t.Context(), valid)))
	assert.Equal(t, valid, Traceparent(WithParent(t.Context(), "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what\r\nX: comes")),
		"a later version's addition is left out")
	for _, hostile := range []string{
		"", "00", valid + "-x", valid + "\n", " " + valid, strings.ToUpper(valid), strings.Repeat(valid, 1000),
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz",
	} {
		assert.Empty(t, Traceparent(WithParent(t.Context(), hostile)), "%.80q", hostile)
	}
}

func TestSpan_withoutTracer_allocatesNothing(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		span := Receive(nil, "")
		span.Set("messaging.message.id", "id-1")
		span.Call("upload").End("")
		span.End("")
	}))
}
