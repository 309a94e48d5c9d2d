package naming_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEnvironmentsNameIsCheckedAlone(t *testing.T) {
	require.NoError(t, naming.EnvironmentName("prod"))
	for _, name := range []string{"", "Prod", "prod-1", "1prod", "prod*", "abcdefghijklm"} {
		require.ErrorContains(t, naming.EnvironmentName(name), "environment is", name)
	}
}

func TestTheBoundaryIsTheProjects(t *testing.T) {
	assert.Equal(t, "ingest-boundary", naming.Boundary("ingest"))
}
