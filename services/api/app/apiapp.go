// Package app puts the api together: settings, AWS clients, token,
// publisher, HTTP server.
package app

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/ingest-iac/ingest/services/api/httpapi"
	"github.com/ingest-iac/ingest/services/api/httpserver"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/api/sqssend"
	"github.com/ingest-iac/ingest/services/api/ssmtoken"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/metrics"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// attemptTimeout bounds one attempt at a call to AWS: long enough for the largest
// message, and short enough for a second attempt within the publisher's limits.
const attemptTimeout = 5 * time.Second

// tokenFetchTimeout bounds a read of the token with all its retries.
const tokenFetchTimeout = 10 * time.Second

// finishWithin bounds what is done after the server has stopped. With httpserver's
// DrainDelay and DrainWithin, a stop takes at most 25 s, which is less than the 30 s that
// ECS leaves between SIGTERM and SIGKILL.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
const finishWithin = 2 * time.Second

// memoryLimit, in bytes, is above the sum of what the bodies and connections of httpserver
// take at their bounds and of about 30 MiB of messages that are pending or in flight, and
// below the 512 MiB of the smallest task.
const memoryLimit = 192 << 20

// clientGrace is how long each wait of a request, for the token and for the queue, goes
// on after its client has stopped sending. The server cannot tell a client that has gone
// from one that has only closed its side for writing, and that one still reads its answer.
const clientGrace = time.Second

// Service is the api as a program.
func Service() service.Program[Settings] {
	return service.Program[Settings]{
		Name:           "api",
		Description:    "Takes JSON payloads over HTTP, checks their token and sends them to SQS.",
		Serve:          serve,
		MemoryLimit:    memoryLimit,
		CollectPercent: 400,
		HealthPort:     func(s Settings) int { return s.Port },
	}
}

func serve(ctx context.Context, s Settings, o service.Options) error {
	return Run(ctx, s, Options{Options: o, DrainDelay: httpserver.DrainDelay})
}

// Options are what a program gives the api in addition to its settings.
type Options struct {
	service.Options
	// DrainDelay is how long new requests are still served after ctx ends, since a
	// load balancer still sends some. Without a load balancer it is 0.
	DrainDelay time.Duration
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
	queue, err := sqsclient.New(configuration)
	if err != nil {
		return err
	}
	sending.Queue, sending.Attempts, sending.Grace = sqssend.New(queue, s.QueueURL), s.MaxAttempts, clientGrace
	messages := publisher.New(sending)
	tokens := token.New(token.Options{
		Source: ssmtoken.New(ssm.NewFromConfig(configuration), s.Parameter),
		TTL:    s.TokenTTL, Overlap: s.TokenOverlap, FetchTimeout: tokenFetchTimeout, Grace: clientGrace, Logger: o.Logger,
	})
	var publishing httpapi.Publisher = messages
	if o.Tracer != nil {
		publishing = publisher.Traced{Publisher: messages, Tracer: o.Tracer}
	}
	var answers httpapi.Counts
	handler, err := httpapi.New(httpapi.Options{
		Tokens: tokens, Publisher: publishing, Tracer: o.Tracer, MaxBodyBytes: s.MaxBodyBytes, Counts: &answers,
		Now: time.Now, Logger: o.Logger, Version: service.Version(),
	})
	if err != nil {
		return err
	}
	listener, err := o.Listen(ctx, "PORT", s.Port)
	if err != nil {
		return err
	}
	o.LogStart(ctx, &s, listener)

	flush := metrics.Start(metrics.Options{
		Namespace: s.Namespace, Service: "api", Out: o.Stdout,
		Counters: []metrics.Counter{
			{Name: "PayloadsAccepted", Count: answers.Accepted.Load},
			{Name: "PayloadsRejected", Count: answers.Rejected.Load},
			{Name: "TokenRefreshFailures", Count: tokens.ReadFailures},
		},
	})
	defer flush()
	// The token outlives ctx: requests that end after it still need it.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewal sync.WaitGroup
	renewal.Go(func() { tokens.Run(renewing) })
	err = httpserver.New(handler, o.DrainDelay, o.Logger).Serve(ctx, listener)
	// The clients of what is still in flight have gone.
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	if unfinished := messages.Close(finishing); unfinished != nil {
		o.Logger.Warn("messages were not sent", "reason", unfinished)
	}
	stop()
	renewal.Wait()
	return err
}
