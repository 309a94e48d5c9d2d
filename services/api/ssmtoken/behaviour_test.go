package ssmtoken_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/api/ssmtoken"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/token"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func clientUnderTest(t *testing.T) *ssm.Client {
	t.Helper()
	return ssm.NewFromConfig(awstest.Config(t, awsconf.Options{MaxAttempts: 3, Connections: 4}))
}

func TestFetch_rotatedAndDeletedParameter_isRead(t *testing.T) {
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
