package actrun

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/require"
)

// newRepository makes a small repository of the form of this one, with its workflows.
func newRepository(t *testing.T) *gitrepo.Repository {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	repo := gitrepo.New(t)
	files := map[string]string{"stacks/compute/main.go": "package main\n"}
	copied := []string{"go.work", ".ci/pulumi/cli/go.mod"}
	workflows, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	for _, file := range workflows {
		copied = append(copied, ".github/workflows/"+filepath.Base(file))
	}
	for _, name := range copied {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name))) //nolint:gosec // a file of this repository
		require.NoError(t, err)
		files[name] = string(content)
	}
	repo.Commit(t, files)
	return repo
}
