package engine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// source is a workspace with what is copied and what is not.
func source(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"tracked", "sub/folder/tracked", "new", "ignored", "gone", "bin/built"} {
		write(t, filepath.Join(root, name), name)
	}
	write(t, filepath.Join(root, ".gitignore"), "/bin/\n/ignored\n")
	require.NoError(t, os.Chmod(filepath.Join(root, "tracked"), 0o700))
	return root
}

func git(t *testing.T, root string, args ...string) {
	t.Helper()
	command := exec.Command("git", args...)
	command.Dir = root
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

func TestCopy_hasTheFilesOfGit(t *testing.T) {
	root, copied := source(t), t.TempDir()
	git(t, root, "init", "--quiet")
	git(t, root, "add", "tracked", "sub", "gone")
	require.NoError(t, os.Remove(filepath.Join(root, "gone")))
	require.NoError(t, engine.Copy(t.Context(), root, copied))
	for _, name := range []string{"tracked", "sub/folder/tracked", "new"} {
		content, err := os.ReadFile(filepath.Join(copied, name))
		require.NoError(t, err)
		assert.Equal(t, name, string(content))
	}
	for _, name := range []string{"ignored", "gone", "bin", ".git"} {
		assert.NoFileExists(t, filepath.Join(copied, name))
		assert.NoDirExists(t, filepath.Join(copied, name))
	}
	info, err := os.Stat(filepath.Join(copied, "tracked"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "a script stays one")
}

func TestCopy_withoutGit_leavesOutBin(t *testing.T) {
	root, copied := source(t), t.TempDir()
	// An empty .git is not a repository, but keeps git from finding one above.
	require.NoError(t, os.Mkdir(filepath.Join(root, ".git"), 0o750))
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(root))
	require.NoError(t, engine.Copy(t.Context(), root, copied))
	assert.FileExists(t, filepath.Join(copied, "sub/folder/tracked"))
	assert.FileExists(t, filepath.Join(copied, "ignored"), "nothing says what is ignored")
	assert.NoDirExists(t, filepath.Join(copied, "bin"))
	assert.NoDirExists(t, filepath.Join(copied, ".git"))
}

func write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
}
