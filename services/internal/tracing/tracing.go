// Package tracing sends OpenTelemetry traces to a collector, over OTLP/HTTP, where
// the environment asks for it. A trace that cannot be sent is lost: nothing waits
// for the collector.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// StopWithin bounds sending the last spans.
const StopWithin = time.Second

const scope = "github.com/ingest-iac/ingest/services"

// Start returns a tracer, nil where traces are off, and what ends it: stop sends
// the spans that have ended, for StopWithin at most. name and version are those of
// the service, unless OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say otherwise.
func Start(ctx context.Context, s Settings, name, version string, log *slog.Logger) (tracer trace.Tracer, stop func(), err error) {
	if !s.on() {
		return nil, func() {}, nil
	}
	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", name), attribute.String("service.version", version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	sending := newSender(s, log)
	exporter, err := otlptrace.New(ctx, sending)
	if err != nil {
		return nil, nil, fmt.Errorf("starting the exporter of traces: %w", err)
	}
	// The sampler and the bounds of the queue come from the environment; what the
	// queue does not hold is dropped.
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(described), sdktrace.WithBatcher(exporter))
	log.Info("traces are sent", "to", sending.host())
	return provider.Tracer(scope), func() {
		// ctx has ended by now.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), StopWithin)
		defer cancel()
		_ = provider.Shutdown(stopping)
		sending.abort()
	}, nil
}
