// Package app puts the api together: settings, AWS clients, token,
// publisher, HTTP server.
package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/ingest-iac/ingest/services/api/httpapi"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/api/sqssend"
	"github.com/ingest-iac/ingest/services/api/ssmtoken"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// attemptTimeout bounds one attempt at a call to AWS: long enough for the largest
// message, and short enough for a second attempt within the publisher's limits.
const attemptTimeout = 5 * time.Second

// tokenFetchTimeout bounds a read of the token with all its retries.
const tokenFetchTimeout = 10 * time.Second

// Service is the api as a program.
func Service() service.Program {
	return service.Program{
		Name:        "api",
		Description: "Takes JSON payloads over HTTP, checks their token and hands them to SQS.",
		Serve:       serve,
		HealthPort: func(environ map[string]string) (int, error) {
			loaded, err := Load(environ)
			return loaded.Port, err
		},
	}
}

// Load reads the api's settings. Its error names everything that is wrong.
func Load(environ map[string]string) (Settings, error) {
	var loaded Settings
	err := settings.Load(&loaded, environ)
	return loaded, err
}

func serve(ctx context.Context, environ map[string]string, stdout io.Writer) error {
	loaded, err := Load(environ)
	if err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	return Run(ctx, loaded, Options{
		Logger: service.NewLogger(stdout, "api", loaded.LogLevel), LoadBalancerDrain: lameDuck,
	})
}

// Options are what a program may give the api beside its settings.
type Options struct {
	// Logger is required.
	Logger *slog.Logger
	// Credentials replace the SDK's chain.
	Credentials aws.CredentialsProvider
	// Listener is where the api listens, instead of PORT on every address. Run
	// closes it.
	Listener net.Listener
	// LoadBalancerDrain is how long new requests are still served after ctx ends,
	// since a load balancer sends some. 0 is right where there is none.
	LoadBalancerDrain time.Duration
}

// Run serves until ctx ends and everything accepted is answered, at most 25 s
// later. What AWS refuses later than the start is answered and logged, never
// returned.
func Run(ctx context.Context, s Settings, o Options) error {
	sending := publisher.Defaults()
	configuration, err := awsconf.Load(ctx, awsconf.Options{
		Region: s.Region, Endpoint: s.Endpoint, MaxAttempts: s.MaxAttempts,
		AttemptTimeout: attemptTimeout, Connections: sending.MaxCalls + 1, Credentials: o.Credentials,
	})
	if err != nil {
		return err
	}
	sending.Queue, sending.Attempts = sqssend.New(sqs.NewFromConfig(configuration), s.QueueURL), s.MaxAttempts
	messages := publisher.New(sending)
	tokens := token.New(token.Options{
		Source: ssmtoken.New(ssm.NewFromConfig(configuration), s.Parameter),
		TTL:    s.TokenTTL, FetchTimeout: tokenFetchTimeout, Logger: o.Logger,
	})
	handler, err := httpapi.New(httpapi.Options{
		Tokens: tokens, Publisher: messages, MaxBodyBytes: s.MaxBodyBytes,
		Now: time.Now, Logger: o.Logger, Version: service.Version(),
	})
	if err != nil {
		return err
	}
	listener := o.Listener
	if listener == nil {
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("", strconv.Itoa(s.Port)))
		if err != nil {
			return fmt.Errorf("listening on PORT %d: %w", s.Port, err)
		}
	}
	o.Logger.LogAttrs(ctx, slog.LevelInfo, "started", append(settings.Attrs(&s),
		slog.String("version", service.Version()), slog.String("revision", service.Revision()),
		slog.String("listening", listener.Addr().String()))...)

	// The token outlives ctx: requests that end after it still need it.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewal sync.WaitGroup
	renewal.Go(func() { tokens.Run(renewing) })
	server := newServer(handler, o.Logger)
	server.lameDuck = o.LoadBalancerDrain
	err = server.serve(ctx, listener)
	// The clients of what is still in flight have gone.
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	if unfinished := messages.Close(finishing); unfinished != nil {
		o.Logger.Warn("messages were given up", "reason", unfinished)
	}
	stop()
	renewal.Wait()
	return err
}
