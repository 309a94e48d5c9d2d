// Package aws is what ingestctl asks of AWS, one file per service, and what to do
// about the errors that AWS answers.
package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
)

// Configuration is the SDK's.
type Configuration = aws.Config

const (
	// attempts is how often a call to AWS is tried in all.
	attempts = 5
	// localAttempts is for a fake AWS on this machine: one that does not answer
	// does not run.
	localAttempts = 1
	// connections is how many calls one command makes at once.
	connections = 8
)

// Config is the SDK's configuration for a target: the fake AWS's on a local one,
// else the region of the stack and the credentials of the environment.
func Config(ctx context.Context, on target.Target) (Configuration, error) {
	options := awsconf.Options{Region: on.Get(target.Region), Endpoint: on.Endpoint, MaxAttempts: attempts, Connections: connections}
	if on.Local {
		options.MaxAttempts = localAttempts
		options.Credentials = credentials.NewStaticCredentialsProvider("test", "test", "")
	}
	return awsconf.Load(ctx, options)
}
