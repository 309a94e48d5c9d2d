package publisher

import (
	"context"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// oneByOne is a queue that keeps what it is sent.
type oneByOne struct{ sent []Message }

func (q *oneByOne) Send(_ context.Context, m Message) (string, error) {
	q.sent = append(q.sent, m)
	return "id", nil
}

func (*oneByOne) SendBatch(context.Context, []Message) ([]Result, error) { panic("no batch") }

func TestTraced_messageNamesItsSpanUnlessItWouldBeTooLong(t *testing.T) {
	const added = len("traceparent") + len("String") + 55
	recorder := tracetest.NewSpanRecorder()
	queue := &oneByOne{}
	o := Defaults()
	o.Queue = queue
	p := Traced{Publisher: New(o), Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("")}
	for _, size := range []int{message.MaxBytes - added, message.MaxBytes - added + 1, message.MaxBytes} {
		_, err := p.Publish(t.Context(), Message{Body: make([]byte, size)})
		require.NoError(t, err)
	}
	require.NoError(t, p.Close(t.Context()))
	require.Len(t, queue.sent, 3)
	spans := recorder.Ended()
	require.Len(t, spans, 3)
	assert.Contains(t, queue.sent[0].Traceparent, spans[0].SpanContext().SpanID().String())
	assert.Equal(t, message.MaxBytes, queue.sent[0].size())
	assert.Empty(t, queue.sent[1].Traceparent)
	assert.Empty(t, queue.sent[2].Traceparent)
}
