// Package app puts the worker together: settings, AWS clients, consumer,
// health server.
package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/ingest-iac/ingest/services/worker/s3store"
	"github.com/ingest-iac/ingest/services/worker/sqsreceive"
)

// Service is the worker as a program.
func Service() service.Program {
	return service.Program{
		Name:        "worker",
		Description: "Moves messages from SQS to S3, one object each.",
		Serve:       serve,
		HealthPort: func(environ map[string]string) (int, error) {
			loaded, err := Load(environ)
			return loaded.HealthPort, err
		},
	}
}

// Load reads the worker's settings. Its error names everything that is wrong.
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
	log := service.NewLogger(stdout, "worker", loaded.LogLevel)
	return Run(ctx, loaded, Options{Logger: log})
}

// Options are what a program may give the worker in addition to its settings.
type Options struct {
	// Logger is required.
	Logger *slog.Logger
	// Credentials replace the SDK's chain.
	Credentials aws.CredentialsProvider
	// Listener is where the health server listens, instead of HEALTH_PORT on
	// every address. Run closes it.
	Listener net.Listener
}

// Run works until ctx ends and then stops within consumer.StopWithin. What
// fails after the start is logged and tried again, never returned.
func Run(ctx context.Context, s Settings, o Options) error {
	configuration, err := awsconf.Load(ctx, awsconf.Options{
		Region: s.Region, Endpoint: s.Endpoint, MaxAttempts: s.MaxAttempts,
		Connections: s.connections(), Credentials: o.Credentials,
	})
	if err != nil {
		return err
	}
	worker, err := newConsumer(s, o.Logger, configuration)
	if err != nil {
		return fmt.Errorf("making the consumer: %w", err)
	}
	listener := o.Listener
	if listener == nil {
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("", strconv.Itoa(s.HealthPort)))
		if err != nil {
			return fmt.Errorf("listening for health checks on HEALTH_PORT %d: %w", s.HealthPort, err)
		}
	}
	server := newHealthServer(worker.Health)
	var serving sync.WaitGroup
	serving.Go(func() { server.serve(listener, o.Logger) })
	o.Logger.LogAttrs(ctx, slog.LevelInfo, "started", append(settings.Attrs(&s),
		slog.String("version", service.Version()), slog.String("revision", service.Revision()),
		slog.String("health", listener.Addr().String()))...)

	worker.Run(ctx)
	server.close()
	serving.Wait()
	return nil
}

func newConsumer(s Settings, log *slog.Logger, configuration aws.Config) (*consumer.Consumer, error) {
	return consumer.New(consumer.Options{
		Queue:             sqsreceive.New(sqs.NewFromConfig(configuration), s.QueueURL),
		Store:             s3store.New(s3store.NewClient(configuration), s.Bucket),
		Key:               s.key,
		Logger:            log,
		Pollers:           s.Pollers,
		MaxMessages:       s.MaxMessages,
		PollWait:          seconds(s.PollWaitSeconds),
		SleepOnEmpty:      seconds(s.SleepOnEmptySeconds),
		Visibility:        seconds(s.VisibilityTimeout),
		UploadConcurrency: s.UploadConcurrency,
	})
}

// key names the object of a delivery.
func (s Settings) key(d consumer.Delivery) (string, error) {
	parsed, err := message.Parse(d.Body)
	if err != nil {
		return "", err
	}
	return message.ObjectKey(s.PayloadVersion, s.Environment, parsed, d.ID, d.SentAt), nil
}
