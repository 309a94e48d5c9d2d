package aws

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAParameterIsWrittenAndReadBack(t *testing.T) {
	server, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	_, err = server.Seed(fakeaws.Seed{})
	require.NoError(t, err)

	parameter := NewParameter(server.Config(), fakeaws.LocalParameter)
	number, err := parameter.Write(t.Context(), "another")
	require.NoError(t, err)
	assert.EqualValues(t, 2, number)
	got, err := parameter.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "another", got.Value)
	assert.EqualValues(t, 2, got.Number)
	assert.WithinDuration(t, time.Now(), got.Since, time.Minute)

	missing := NewParameter(server.Config(), "/nobody/made/this")
	_, err = missing.Write(t.Context(), "value")
	var unknown *types.ParameterNotFound
	require.ErrorAs(t, err, &unknown, "a parameter is made by its stack, never by a misspelt name")
	_, err = missing.Read(t.Context())
	require.ErrorAs(t, err, &unknown)
}
