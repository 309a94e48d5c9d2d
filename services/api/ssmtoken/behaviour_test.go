package ssmtoken_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/api/ssmtoken"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/token"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The suite makes its own parameter and deletes it. Without -endpoint it
// runs against the fake AWS; with a URL against that emulator; with "aws"
// against AWS itself, with the credentials and region of the environment.
var endpoint = flag.String("endpoint", "", `AWS endpoint to test against: a URL, or "aws"; the fake AWS where empty`)

func clientUnderTest(t *testing.T) *ssm.Client {
	t.Helper()
	options := awsconf.Options{MaxAttempts: 3, Connections: 4}
	switch *endpoint {
	case "aws":
	case "":
		server, err := fakeaws.Start(fakeaws.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, server.Close()) })
		options.Endpoint = server.URL
	default:
		options.Endpoint = *endpoint
	}
	if *endpoint != "aws" {
		options.Region = fakeaws.Region
		options.Credentials = credentials.NewStaticCredentialsProvider("test", "test", "")
	}
	configuration, err := awsconf.Load(t.Context(), options)
	require.NoError(t, err)
	return ssm.NewFromConfig(configuration)
}

func TestAParameterIsReadRotatedAndMissed(t *testing.T) {
	client := clientUnderTest(t)
	name := fmt.Sprintf("/ingest/test/%d/token", time.Now().UnixNano())
	parameter := ssmtoken.New(client, name)

	_, err := parameter.Fetch(t.Context())
	require.ErrorIs(t, err, token.ErrNotFound, "it was never there")

	remove := func(ctx context.Context) error {
		_, err := client.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String(name)})
		return err
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = remove(context.Background())
		}
	})
	for _, value := range []string{"first", "seçond"} {
		_, err = client.PutParameter(t.Context(), &ssm.PutParameterInput{
			Name: aws.String(name), Value: aws.String(value), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
		})
		require.NoError(t, err)
		got, err := parameter.Fetch(t.Context())
		require.NoError(t, err)
		assert.Equal(t, value, got.Current, "decrypted")
	}

	_, err = client.LabelParameterVersion(t.Context(), &ssm.LabelParameterVersionInput{
		Name: aws.String(name), ParameterVersion: aws.Int64(1), Labels: []string{token.PreviousLabel},
	})
	require.NoError(t, err)
	got, err := parameter.Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "seçond", got.Current)
	assert.Equal(t, "first", got.Previous)

	require.NoError(t, remove(t.Context()))
	_, err = parameter.Fetch(t.Context())
	require.ErrorIs(t, err, token.ErrNotFound)
	require.ErrorContains(t, err, name)
}
