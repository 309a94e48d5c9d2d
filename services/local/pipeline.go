package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	apiapp "github.com/ingest-iac/ingest/services/api/app"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	workerapp "github.com/ingest-iac/ingest/services/worker/app"
)

const loopback = "127.0.0.1"

// drainWithin is how long the worker gets, once the api has stopped, to store
// what the queue holds: the queue is gone with the process.
const drainWithin = 5 * time.Second

// runAWS runs the fake AWS alone. It listens on every address, since other
// containers call it.
func runAWS(ctx context.Context, s Settings, stdout io.Writer) error {
	listener, err := listen(ctx, "", "AWS_PORT", s.AWSPort)
	if err != nil {
		return err
	}
	server, err := startAWS(s, listener)
	if err != nil {
		return err
	}
	writeAWSBanner(stdout, s, portOf(listener))
	<-ctx.Done()
	_, _ = fmt.Fprintln(stdout, "Stopped.")
	return server.Close()
}

func startAWS(s Settings, listener net.Listener) (*fakeaws.Server, error) {
	server, err := fakeaws.Start(fakeaws.Options{
		Listener: listener, DataDir: s.DataDir, RootBucket: fakeaws.LocalBucket,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the fake AWS (DATA_DIR is %q): %w", s.DataDir, err)
	}
	if _, err := server.Seed(fakeaws.Seed{Token: s.Token}); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the fake AWS: %w", err), server.Close())
	}
	return server, nil
}

// listeners opens both ports, and names every one that is taken.
func listeners(ctx context.Context, s Settings) (api, aws net.Listener, err error) {
	api, apiErr := listen(ctx, loopback, "API_PORT", s.APIPort)
	aws, awsErr := listen(ctx, loopback, "AWS_PORT", s.AWSPort)
	if apiErr == nil && awsErr == nil {
		return api, aws, nil
	}
	err = errors.Join(apiErr, awsErr)
	for _, opened := range []net.Listener{api, aws} {
		if opened != nil {
			err = errors.Join(err, opened.Close())
		}
	}
	return nil, nil, err
}

// runPipeline runs all of it until ctx ends.
func runPipeline(ctx context.Context, s Settings, stdout io.Writer) error {
	apiListener, awsListener, err := listeners(ctx, s)
	if err != nil {
		return err
	}
	server, err := startAWS(s, awsListener)
	if err != nil {
		return errors.Join(err, apiListener.Close())
	}
	writeBanner(stdout, s, portOf(apiListener), portOf(awsListener))
	err = runServices(ctx, server, apiListener, s.WorkerHealthPort, newConsole(stdout, slog.LevelInfo))
	if left := server.SQS.Counts(fakeaws.LocalQueue).Total(); left > 0 {
		_, _ = fmt.Fprintf(stdout, "%d messages were still in the queue, which is in memory: they are lost.\n", left)
	}
	if dead := server.SQS.Counts(fakeaws.LocalDLQ).Total(); dead > 0 {
		_, _ = fmt.Fprintf(stdout, "%d messages were in the dead-letter queue, which is in memory: they are lost.\n", dead)
	}
	err = errors.Join(err, server.Close())
	_, _ = fmt.Fprintln(stdout, "Stopped.")
	return err
}

// runServices runs api and worker. When ctx ends or one of them fails, the api
// stops first; the worker goes on until the queue is empty or drainWithin is
// over.
func runServices(ctx context.Context, server *fakeaws.Server, listener net.Listener, healthPort int, console slog.Handler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	working, stopWorker := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorker()
	var running sync.WaitGroup
	var workerErr error
	running.Go(func() {
		defer stop()
		workerErr = runWorker(working, server, healthPort, slog.New(console).With("service", "worker"))
	})
	apiErr := runAPI(ctx, server, listener, slog.New(console).With("service", "api"))
	drain(ctx, server)
	stopWorker()
	running.Wait()
	return errors.Join(apiErr, workerErr)
}

// drain returns when the queue is empty, or after drainWithin.
func drain(ctx context.Context, server *fakeaws.Server) {
	const often = 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for server.SQS.Counts(fakeaws.LocalQueue).Total() > 0 {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func runAPI(ctx context.Context, server *fakeaws.Server, listener net.Listener, log *slog.Logger) error {
	loaded, err := settings.Read[apiapp.Settings](map[string]string{
		"AWS_REGION": fakeaws.Region, "AWS_ENDPOINT_URL": server.URL,
		"SSM_TOKEN_PARAM": fakeaws.LocalParameter, "SQS_QUEUE_URL": server.QueueURL(fakeaws.LocalQueue),
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	err = apiapp.Run(ctx, loaded, apiapp.Options{Options: service.Options{
		Logger: log, Credentials: server.Config().Credentials, Listener: listener,
	}})
	if err != nil {
		return fmt.Errorf("running the api: %w", err)
	}
	return nil
}

func runWorker(ctx context.Context, server *fakeaws.Server, healthPort int, log *slog.Logger) error {
	loaded, err := settings.Read[workerapp.Settings](map[string]string{
		"AWS_REGION": fakeaws.Region, "AWS_ENDPOINT_URL": server.URL,
		"SQS_QUEUE_URL": server.QueueURL(fakeaws.LocalQueue), "S3_BUCKET": fakeaws.LocalBucket,
	})
	if err != nil {
		return err
	}
	health, err := listenForHealth(ctx, healthPort, log)
	if err != nil {
		return err
	}
	err = workerapp.Run(ctx, loaded, service.Options{Logger: log, Credentials: server.Config().Credentials, Listener: health})
	if err != nil {
		return fmt.Errorf("running the worker: %w", err)
	}
	return nil
}

// listenForHealth opens the port of the worker's health, where ingestctl status
// asks. The pipeline works without it, so a port that is taken is no error.
func listenForHealth(ctx context.Context, port int, log *slog.Logger) (net.Listener, error) {
	listener, err := listen(ctx, loopback, "WORKER_HEALTH_PORT", port)
	if err == nil {
		return listener, nil
	}
	if listener, err = listen(ctx, loopback, "WORKER_HEALTH_PORT", 0); err == nil {
		log.Warn("WORKER_HEALTH_PORT is taken: ingestctl status needs INGEST_WORKER_URL", "port", port, "INGEST_WORKER_URL", fmt.Sprintf("http://%s", listener.Addr()))
	}
	return listener, err
}

func portOf(listener net.Listener) int {
	if address, ok := listener.Addr().(*net.TCPAddr); ok {
		return address.Port
	}
	return 0
}
