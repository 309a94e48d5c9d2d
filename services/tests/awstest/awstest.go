// Package awstest has what the tests of AWS clients share: a configuration for the fake
// AWS, for an emulator or for AWS itself, and a check of the requests that they send.
package awstest

import (
	"flag"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var endpoint = flag.String("endpoint", "", `AWS endpoint to test against: a URL, or "aws"; the fake AWS where empty`)

// OnAWS reports whether the suite runs against AWS itself.
func OnAWS() bool { return *endpoint == "aws" }

// Config returns the configuration of a client for the endpoint of the flag
// -endpoint: a fake AWS that ends with the test, a URL, or AWS itself with the
// credentials and region of the environment.
func Config(t *testing.T, options awsconf.Options) aws.Config {
	t.Helper()
	if !OnAWS() {
		options.Endpoint, options.Region = *endpoint, fakeaws.Region
		options.Credentials = credentials.NewStaticCredentialsProvider("test", "test", "")
	}
	if *endpoint == "" {
		server, err := fakeaws.Start(fakeaws.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, server.Close()) })
		options.Endpoint = server.URL
	}
	configuration, err := awsconf.Load(t.Context(), options)
	require.NoError(t, err)
	return configuration
}
