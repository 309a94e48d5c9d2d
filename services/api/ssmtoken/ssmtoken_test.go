package ssmtoken_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/api/ssmtoken"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/token"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const name = fakeaws.LocalParameter

func start(t *testing.T) (*fakeaws.Server, *ssm.Client) {
	t.Helper()
	server, err := fakeaws.Start(fakeaws.Options{Faults: faults.New(1)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return server, ssm.NewFromConfig(server.Config())
}

func put(t *testing.T, client *ssm.Client, value string) {
	t.Helper()
	_, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(name), Value: aws.String(value), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
}

func TestFetch_readsTheDecryptedValue(t *testing.T) {
	_, client := start(t)
	put(t, client, "first")
	put(t, client, "second")
	got, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "second", got.Current)
	assert.Empty(t, got.Previous, "no version has the label")
	assert.WithinDuration(t, time.Now(), got.Since, time.Minute)
}

func TestFetch_noParameter_isNamedAfterOneCall(t *testing.T) {
	server, client := start(t)
	_, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.ErrorIs(t, err, token.ErrNotFound)
	require.EqualError(t, err, "token parameter not found: "+name)
	assert.Equal(t, 1, server.Faults.Calls("ssm.GetParameters"))
}

func TestFetch_fails_isRetriedThenQuotesAWS(t *testing.T) {
	server, client := start(t)
	put(t, client, "right")
	server.Faults.Add(faults.Rule{
		Operation: "ssm.GetParameters", Times: 1,
		Fault: faults.Throttled,
	})
	got, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "right", got.Current)

	server.Faults.Add(faults.Rule{
		Operation: "ssm.GetParameters",
		Fault:     faults.Internal,
	})
	_, err = ssmtoken.New(client, name).Fetch(t.Context())
	require.ErrorContains(t, err, "asking SSM: ")
	require.ErrorContains(t, err, "InternalError")
	assert.NotErrorIs(t, err, token.ErrNotFound)
}

func label(t *testing.T, client *ssm.Client, version int64) {
	t.Helper()
	_, err := client.LabelParameterVersion(t.Context(), &ssm.LabelParameterVersionInput{
		Name: aws.String(name), ParameterVersion: aws.Int64(version), Labels: []string{token.PreviousLabel},
	})
	require.NoError(t, err)
}

func TestFetch_versionWithTheLabel_isPreviousInOneCall(t *testing.T) {
	server, client := start(t)
	put(t, client, "first")
	label(t, client, 1)
	put(t, client, "second")
	got, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "second", got.Current)
	assert.Equal(t, "first", got.Previous)
	assert.Equal(t, 1, server.Faults.Calls("ssm.Get*"))
}

func TestFetch_labelOnAnOlderVersion_isIgnored(t *testing.T) {
	_, client := start(t)
	put(t, client, "first")
	label(t, client, 1)
	got, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "first", got.Current)
	assert.Empty(t, got.Previous, "it is the current one")
	put(t, client, "second")
	put(t, client, "third")
	got, err = ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "third", got.Current)
	assert.Empty(t, got.Previous, "another rotation came after it")
}

func TestFetch_roleAllowsGetParameterOnly_readsCurrentToken(t *testing.T) {
	server, client := start(t)
	put(t, client, "first")
	label(t, client, 1)
	put(t, client, "second")
	server.Faults.Add(faults.Rule{Operation: "ssm.GetParameters", Fault: faults.Fault{
		Status: 400, Code: "AccessDeniedException", Message: "not authorized to perform: ssm:GetParameters",
	}})
	got, err := ssmtoken.New(client, name).Fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "second", got.Current)
	assert.Empty(t, got.Previous)
	assert.Equal(t, 2, server.Faults.Calls("ssm.Get*"))
}
