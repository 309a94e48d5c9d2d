package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReserveFolder_inUse_anotherIsReturned(t *testing.T) {
	t.Setenv(pulumitools.CacheVariable, t.TempDir())
	var first, second string
	t.Run("at once", func(t *testing.T) {
		first, second = reserveFolder(t), reserveFolder(t)
		assert.NotEqual(t, first, second)
		require.NoError(t, os.WriteFile(filepath.Join(first, "left"), nil, 0o600))
	})
	assert.NoDirExists(t, first)
	t.Run("later", func(t *testing.T) {
		assert.Equal(t, first, reserveFolder(t))
		assert.NoFileExists(t, filepath.Join(first, "left"))
	})
}
