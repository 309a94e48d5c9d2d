package aws

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParameter_isWrittenAndReadBack(t *testing.T) {
	server, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	_, err = server.Seed(fakeaws.Seed{})
	require.NoError(t, err)

	parameter := NewParameter(server.Config(), fakeaws.LocalParameter, "")
	number, err := parameter.Write(t.Context(), "another", false)
	require.NoError(t, err)
	assert.EqualValues(t, 2, number)
	got, err := parameter.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "another", got.Value)
	assert.EqualValues(t, 2, got.Number)
	assert.WithinDuration(t, time.Now(), got.Since, time.Minute)

	missing := NewParameter(server.Config(), "/missing/parameter", "")
	_, err = missing.Write(t.Context(), "value", false)
	var unknown *types.ParameterNotFound
	require.ErrorAs(t, err, &unknown, "a parameter is made by its stack, never by a misspelt name")
	_, err = missing.Read(t.Context())
	require.ErrorAs(t, err, &unknown)
}

func TestWrite_withOverlap_labelsThePreviousValue(t *testing.T) {
	server, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	_, err = server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	parameter := NewParameter(server.Config(), fakeaws.LocalParameter, "")
	previous := func() string {
		value, _ := server.SSM.Value(fakeaws.LocalParameter + ":previous")
		return value
	}

	revoked, err := parameter.RevokePrevious(t.Context())
	require.NoError(t, err)
	assert.Zero(t, revoked, "there is none")
	for _, value := range []string{"second", "third"} {
		before, err := parameter.Read(t.Context())
		require.NoError(t, err)
		_, err = parameter.Write(t.Context(), value, true)
		require.NoError(t, err)
		assert.Equal(t, before.Value, previous())
	}
	revoked, err = parameter.RevokePrevious(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 2, revoked)
	assert.Empty(t, previous())

	_, err = parameter.Write(t.Context(), "fourth", true)
	require.NoError(t, err)
	assert.Equal(t, "third", previous())
	_, err = parameter.Write(t.Context(), "fifth", false)
	require.NoError(t, err)
	assert.Empty(t, previous(), "without an overlap no other value stays valid")
}

func TestWrite_withAKey_encryptsUnderIt(t *testing.T) {
	server, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	_, err = server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	const key = "arn:aws:kms:us-east-1:123456789012:key/1"
	_, err = NewParameter(server.Config(), fakeaws.LocalParameter, key).Write(t.Context(), "value", false)
	require.NoError(t, err)
	described, err := ssm.NewFromConfig(server.Config()).DescribeParameters(t.Context(), &ssm.DescribeParametersInput{})
	require.NoError(t, err)
	require.Len(t, described.Parameters, 1)
	assert.Equal(t, key, *described.Parameters[0].KeyId)
}
