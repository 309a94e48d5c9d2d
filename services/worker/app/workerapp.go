// Package app puts the worker together: settings, AWS clients, consumer,
// health server.
package app

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/metrics"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/ingest-iac/ingest/services/worker/s3store"
	"github.com/ingest-iac/ingest/services/worker/sqsreceive"
)

// memoryLimit is below the 512 MiB of the smallest task. With messages of 256 KiB, the
// 104 that may be in flight by default take 26 MiB, and the 832 of the largest settings
// take 208 MiB; the answers of the polls take up to half as much while they are decoded.
const memoryLimit = 384 << 20

// Service is the worker as a program.
func Service() service.Program[Settings] {
	return service.Program[Settings]{
		Name:           "worker",
		Description:    "Moves messages from SQS to S3, one object each.",
		Serve:          Run,
		MemoryLimit:    memoryLimit,
		CollectPercent: 400,
		HealthPort:     func(s Settings) int { return s.HealthPort },
	}
}

// Run works until ctx ends and then stops within consumer.StopWithin. What
// fails after the start is logged and tried again, never returned.
func Run(ctx context.Context, s Settings, o service.Options) error {
	configuration, err := awsconf.Load(ctx, awsconf.Options{
		Region: s.Region, Endpoint: s.Endpoint, MaxAttempts: s.MaxAttempts,
		Connections: s.connections(), Credentials: o.Credentials,
	})
	if err != nil {
		return err
	}
	worker, err := newConsumer(s, o, configuration)
	if err != nil {
		return fmt.Errorf("making the consumer: %w", err)
	}
	listener, err := o.Listen(ctx, "HEALTH_PORT", s.HealthPort)
	if err != nil {
		return err
	}
	server := newHealthServer(worker.Health)
	var serving sync.WaitGroup
	serving.Go(func() { server.serve(listener, o.Logger) })
	o.LogStart(ctx, &s, listener)

	flush := metrics.Start(metrics.Options{
		Namespace: s.Namespace, Service: "worker", Out: o.Stdout, Counters: counters(worker.Stats),
	})
	worker.Run(ctx)
	flush()
	server.close()
	serving.Wait()
	return nil
}

// counters are the worker's metrics.
func counters(stats func() consumer.Stats) []metrics.Counter {
	return []metrics.Counter{
		{Name: "MessagesReceived", Count: func() int64 { return stats().Received }},
		// A message whose object is there already needs no other one.
		{Name: "MessagesStored", Count: func() int64 { s := stats(); return s.Stored + s.Present + s.Different }},
		{Name: "UploadFailures", Count: func() int64 { return stats().Failed }},
	}
}

func newConsumer(s Settings, o service.Options, configuration aws.Config) (*consumer.Consumer, error) {
	store, err := s3store.New(s3store.NewClient(configuration), s.Bucket)
	if err != nil {
		return nil, err
	}
	queue, err := sqsclient.New(configuration)
	if err != nil {
		return nil, err
	}
	return consumer.New(consumer.Options{
		Queue:             sqsreceive.New(queue, s.QueueURL),
		Store:             store,
		Name:              s.name,
		Logger:            o.Logger,
		Tracer:            o.Tracer,
		Pollers:           s.Pollers,
		MaxMessages:       s.MaxMessages,
		PollWait:          seconds(s.PollWaitSeconds),
		SleepOnEmpty:      seconds(s.SleepOnEmptySeconds),
		Visibility:        seconds(s.VisibilityTimeout),
		UploadConcurrency: s.UploadConcurrency,
	})
}

// name names the object of a delivery.
func (s Settings) name(d consumer.Delivery) (consumer.Name, error) {
	parsed, err := message.Parse(d.Body)
	if err != nil {
		return consumer.Name{}, err
	}
	if d.IdempotencyKey != "" {
		return consumer.Name{
			Key:    message.KeyedObjectKey(s.PayloadVersion, s.Environment, d.IdempotencyKey),
			Digest: message.ContentDigest(d.Body),
		}, nil
	}
	return consumer.Name{Key: message.ObjectKey(s.PayloadVersion, s.Environment, parsed, d.ID, d.SentAt)}, nil
}
