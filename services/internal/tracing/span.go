package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceparent is the key of the W3C's header.
// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparent = "traceparent"

// Traceparent names the span in ctx as the W3C's header does, in 55 characters of
// ASCII. It is empty without one.
func Traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[traceparent]
}

// WithParent returns ctx with the span that value names. Without a valid value it
// returns ctx. Nothing of value but two ids and two flags goes further.
func WithParent(ctx context.Context, value string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: value})
}

// Span is one step of a message. A nil Span does nothing, and costs nothing.
type Span struct {
	trace.Span
	tracer trace.Tracer
	ctx    context.Context
}

// Receive begins the span of a message that was received, as a child of the span
// that value names. It is nil without a tracer.
func Receive(tracer trace.Tracer, value string) *Span {
	if tracer == nil {
		return nil
	}
	return start(WithParent(context.Background(), value), tracer, "process", trace.SpanKindConsumer)
}

func start(ctx context.Context, tracer trace.Tracer, name string, kind trace.SpanKind) *Span {
	ctx, span := tracer.Start(ctx, name, trace.WithSpanKind(kind))
	return &Span{Span: span, tracer: tracer, ctx: ctx}
}

// Call begins a call of another system within the span.
func (s *Span) Call(name string) *Span {
	if s == nil {
		return nil
	}
	return start(s.ctx, s.tracer, name, trace.SpanKindClient)
}

// Set adds an attribute.
func (s *Span) Set(name, value string) {
	if s != nil {
		s.SetAttributes(attribute.String(name, value))
	}
}

// End ends the span. reason is why it failed, empty if it did not.
func (s *Span) End(reason string) {
	if s == nil {
		return
	}
	if reason != "" {
		s.SetStatus(codes.Error, reason)
	}
	s.Span.End()
}
