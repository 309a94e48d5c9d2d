package workspace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoot_isTheFolderOfGoWork(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.work"), []byte("go 1.26.0\n"), 0o600))
	inner := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(inner, 0o750))
	t.Chdir(inner)
	found, err := workspace.Root()
	require.NoError(t, err)
	want, err := filepath.EvalSymlinks(root)
	require.NoError(t, err)
	assert.Equal(t, want, found)
	t.Chdir(t.TempDir())
	_, err = workspace.Root()
	require.ErrorContains(t, err, "has a go.work")
}
