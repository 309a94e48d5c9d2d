package publisher

import (
	"context"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Traced is a publisher that makes a span of each message, and sends its name with
// the message.
type Traced struct {
	*Publisher
	Tracer trace.Tracer
}

// Publish is Publisher.Publish. A message that would be too long for SQS with the
// span's name is sent without it.
func (p Traced) Publish(ctx context.Context, m Message) (string, error) {
	ctx, span := p.Tracer.Start(ctx, "send", trace.WithSpanKind(trace.SpanKindProducer))
	defer span.End()
	bare := m
	m.Traceparent = tracing.Traceparent(ctx)
	if m.size() > message.MaxBytes {
		m = bare
	}
	id, err := p.Publisher.Publish(ctx, m)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return "", err
	}
	span.SetAttributes(attribute.String("messaging.system", "aws_sqs"), attribute.String("messaging.message.id", id))
	return id, nil
}
