package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"go.opentelemetry.io/otel/trace"
)

// Options are what a program gives a service in addition to its settings.
type Options struct {
	// Logger is required.
	Logger *slog.Logger
	// Stdout takes the lines of metrics. It is needed where a namespace is set.
	Stdout io.Writer
	// Tracer is nil where traces are off.
	Tracer trace.Tracer
	// Credentials replace the SDK's chain.
	Credentials aws.CredentialsProvider
	// Listener replaces the port in the settings. The service closes it.
	Listener net.Listener
}

// Listen returns the service's listener: Listener, or else a new one on every
// address at the port that the named setting holds.
func (o Options) Listen(ctx context.Context, setting string, port int) (net.Listener, error) {
	if o.Listener != nil {
		return o.Listener, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listening on %s %d: %w", setting, port, err)
	}
	return listener, nil
}

// LogStart logs the settings, the build and the address of a service that has
// started. loaded points to the settings.
func (o Options) LogStart(ctx context.Context, loaded any, listener net.Listener) {
	o.Logger.LogAttrs(ctx, slog.LevelInfo, "started", append(settings.Attrs(loaded),
		slog.String("version", Version()), slog.String("revision", Revision()),
		slog.String("listening", listener.Addr().String()))...)
}
