package faults

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/testing/otlp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sendTraced posts a payload with a traceparent, and returns the status.
func (w *world) sendTraced(t *testing.T, url, traceparent string) int {
	t.Helper()
	body := fmt.Sprintf(`{"data":{"email_subject":"s","email_sender":"a","email_timestream":1,"email_content":"secret content"},"token":%q}`, token)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "key-1")
	request.Header.Set("Traceparent", traceparent)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestTraces_fromTheClientToTheObject_areOne(t *testing.T) {
	t.Parallel()
	const trace, client = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	w, collector := newWorld(t, 0), otlp.Start(t)
	traced := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}
	api, worker := w.api(t, traced), w.worker(t, traced)
	require.Equal(t, http.StatusOK, w.sendTraced(t, api.URL("/ingest"), "00-"+trace+"-"+client+"-01"))
	require.Eventually(t, func() bool { return w.server.SQS.Counts(queueName).Total() == 0 }, settleWithin, 20*time.Millisecond)
	for _, stop := range []func() (time.Duration, int){api.Stop, worker.Stop} {
		_, status := stop()
		require.Zero(t, status)
	}

	spans := map[string]otlp.Span{}
	for _, span := range collector.Spans() {
		assert.Equal(t, trace, span.TraceID, span.Name)
		assert.False(t, span.Failed, span.Name)
		spans[span.Name] = span
	}
	for _, c := range []struct{ name, service, parent string }{
		{"POST /ingest", "ingest-api", client},
		{"send", "ingest-api", spans["POST /ingest"].ID},
		{"process", "ingest-worker", spans["send"].ID},
		{"upload", "ingest-worker", spans["process"].ID},
		{"delete", "ingest-worker", spans["process"].ID},
	} {
		assert.Equal(t, c.service, spans[c.name].Service, c.name)
		assert.Equal(t, c.parent, spans[c.name].Parent, c.name)
	}
	assert.Len(t, collector.Spans(), 5)
	id := spans["send"].Attributes["messaging.message.id"]
	assert.NotEmpty(t, id)
	assert.Equal(t, id, spans["process"].Attributes["messaging.message.id"])
	assert.Contains(t, api.Log.String(), `"trace_id":"`+trace+`"`)
	assert.NotContains(t, fmt.Sprint(collector.Spans()), "secret content")
	assert.NotContains(t, fmt.Sprint(collector.Spans()), token)
}

func TestTraces_hostileTraceparent_isIgnored(t *testing.T) {
	t.Parallel()
	w, collector := newWorld(t, 0), otlp.Start(t)
	api := w.api(t, map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.URL + "/v1/traces"})
	for _, hostile := range []string{strings.Repeat("0", 8000), "00-' or 1=1 --00f067aa0ba902b7-01", "00-00000000000000000000000000000000-0000000000000000-01"} {
		require.Equal(t, http.StatusOK, w.sendTraced(t, api.URL("/ingest"), hostile))
	}
	for _, m := range w.server.SQS.Messages(queueName) {
		assert.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`, m.Attributes["traceparent"].StringValue)
	}
}

func TestTraces_collectorIsDownOrHangs_losesNoPayload(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"hangs": otlp.Hang,
		"down":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, collector := newWorld(t, 0), otlp.Start(t)
			collector.Answer(answer)
			// A queue of spans that is full at once, and an export that begins at once.
			traced := map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_TIMEOUT": "60000",
				"OTEL_BSP_MAX_QUEUE_SIZE": "10", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
			}
			api, worker := w.api(t, traced), w.worker(t, traced)
			l := newLoad(api.URL("/ingest"))
			stopLoad := l.start(200)
			require.Eventually(t, func() bool { return len(collector.Calls()) > 1 && w.plan.Calls("s3.PutObject") > 200 }, time.Minute, 10*time.Millisecond)
			stopLoad()
			assert.Len(t, l.accepted(), l.next, "answers by status: %v", l.answers)
			w.settled(t, l.accepted()...)
			for _, stop := range []func() (time.Duration, int){api.Stop, worker.Stop} {
				_, status := stop()
				assert.Zero(t, status)
			}
		})
	}
}

func TestTraces_off_noAttributeIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	api := w.api(t, nil)
	require.Equal(t, http.StatusOK, w.sendTraced(t, api.URL("/ingest"), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
	for _, m := range w.server.SQS.Messages(queueName) {
		assert.NotContains(t, m.Attributes, "traceparent")
	}
	assert.NotContains(t, api.Log.String(), "trace_id")
}
