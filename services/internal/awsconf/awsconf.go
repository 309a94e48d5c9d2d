// Package awsconf makes the AWS SDK's configuration for a service.
package awsconf

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"
)

// Options are what a service says about its calls to AWS.
type Options struct {
	// Region, for example "us-east-1". Required.
	Region string
	// Endpoint replaces the endpoints of every AWS service, for an emulator.
	// Empty means AWS itself.
	Endpoint string
	// MaxAttempts is how often a call is tried in all, the first time included.
	MaxAttempts int
	// AttemptTimeout bounds one attempt, its answer included, so that a call that
	// hangs is tried again. 0 does not bound it.
	AttemptTimeout time.Duration
	// Connections is how many calls the service makes at once. As many idle
	// connections are kept for each host: Go's default of 2 would close and
	// open one for nearly every call.
	Connections int
	// Credentials replace the SDK's chain (environment, profile, task role).
	Credentials aws.CredentialsProvider
}

// Load reads what the SDK reads (profile, credentials) and applies o.
func Load(ctx context.Context, o Options) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithRetryer(retryer(o.MaxAttempts)),
		config.WithHTTPClient(client(o)),
		config.WithAPIOptions([]func(*middleware.Stack) error{PlainBodies}),
	}
	if o.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.Credentials != nil {
		options = append(options, config.WithCredentialsProvider(o.Credentials))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	return loaded, nil
}

// retryer makes the SDK's standard retryer without its quota of retries. An outage of
// seconds uses that up, and only calls that succeed fill it again, each by a fourteenth of
// a retry: with a call an hour, failures would not be tried again for days. What bounds
// retries is maxAttempts, and how many calls a service makes at once.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
func retryer(maxAttempts int) func() aws.Retryer {
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.RateLimiter = maxAttempts, ratelimit.None
		})
	}
}

// buffer is the size of the read buffer and of the write buffer of a connection, in
// bytes: with net/http's 4 KiB, a batch of ten messages of 2 KB takes several system calls.
const buffer = 32 << 10

// client is the SDK's own: with AWS_CA_BUNDLE set, the SDK refuses a plain
// *http.Client, whose transport it cannot give the bundle to.
func client(o Options) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTimeout(o.AttemptTimeout).WithTransportOptions(func(transport *http.Transport) {
		transport.MaxIdleConns = max(transport.MaxIdleConns, 2*o.Connections)
		transport.MaxIdleConnsPerHost = max(transport.MaxIdleConnsPerHost, o.Connections)
		transport.WriteBufferSize, transport.ReadBufferSize = buffer, buffer
	})
}
