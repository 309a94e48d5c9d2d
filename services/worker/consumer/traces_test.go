package consumer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestTraces_spanOfADelivery_hasItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		recorder := tracetest.NewSpanRecorder()
		q, s := newSimQueue(1), newSimStore()
		q.send("poison")
		var failedDelete, failedUpload atomic.Bool
		q.fail = func(op string) error {
			return when(op == "DeleteBatch" && failedDelete.CompareAndSwap(false, true), errDown)
		}
		s.fail = func(string) error { return when(failedUpload.CompareAndSwap(false, true), errDown) }
		c := startWarm(t, q, s, func(o *Options) {
			o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("")
		})
		elapse(30 * time.Second)
		c.stop()

		var names []string
		for _, span := range recorder.Ended() {
			name := span.Name()
			if span.Status().Code == codes.Error {
				name += " failed: " + span.Status().Description
			}
			names = append(names, name)
		}
		assert.Equal(t, []string{
			"process failed: no JSON object",
			"upload failed: 503 Service Unavailable", "upload", "delete failed: 503 Service Unavailable", "delete", "process",
		}, names)
		spans := recorder.Ended()
		process := spans[len(spans)-1]
		for _, child := range spans[1 : len(spans)-1] {
			assert.Equal(t, process.SpanContext().SpanID(), child.Parent().SpanID())
		}
	})
}

func TestTraces_messageReturnsToTheQueue_itsSpanFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		recorder := tracetest.NewSpanRecorder()
		q, s := newSimQueue(1), newSimStore()
		s.fail = func(string) error { return errKeyTooLong }
		c := startWarm(t, q, s, func(o *Options) {
			o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("")
		})
		elapse(time.Second)
		c.stop()
		ended := recorder.Ended()
		assert.Equal(t, "process", ended[len(ended)-1].Name())
		assert.Equal(t, "returned", ended[len(ended)-1].Status().Description)
	})
}
