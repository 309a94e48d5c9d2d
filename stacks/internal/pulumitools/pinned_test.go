package pulumitools_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const emptyProgram = "package main\n\nfunc main() {}\n"

// pins is a workspace whose pinned tools are empty programs.
func pins(t *testing.T) string {
	t.Helper()
	t.Setenv(pulumitools.CacheVariable, t.TempDir())
	root := t.TempDir()
	for name, content := range map[string]string{
		"cli/go.mod":             "module github.com/pulumi/pulumi/pkg/v3\n\ngo 1.26.0\n",
		"cli/go.sum":             "",
		"cli/cmd/pulumi/main.go": emptyProgram,
		"language-go/go.mod":     "module github.com/pulumi/pulumi/sdk/v3\n\ngo 1.26.0\n",
		"language-go/go.sum":     "",
		"language-go/go/pulumi-language-go/main.go": emptyProgram,
	} {
		write(t, filepath.Join(root, ".ci", "pulumi", name), content)
	}
	return root
}

func write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
}

func TestBuild_onceForEachPin(t *testing.T) {
	root := pins(t)
	folder, err := pulumitools.Pinned(t.Context(), root, nil)
	require.NoError(t, err)
	for _, binary := range []string{"pulumi", "pulumi-language-go"} {
		assert.FileExists(t, filepath.Join(folder, binary))
	}

	// A source that does not compile shows that nothing is compiled.
	write(t, filepath.Join(root, ".ci/pulumi/cli/cmd/pulumi/main.go"), "broken")
	again, err := pulumitools.Pinned(t.Context(), root, nil)
	require.NoError(t, err)
	assert.Equal(t, folder, again)

	write(t, filepath.Join(root, ".ci/pulumi/cli/go.sum"), "\n")
	_, err = pulumitools.Pinned(t.Context(), root, nil)
	require.ErrorContains(t, err, "compiling in")
	require.ErrorContains(t, err, "main.go:1:1: expected 'package', found broken", "what the compiler said")

	write(t, filepath.Join(root, ".ci/pulumi/cli/cmd/pulumi/main.go"), emptyProgram)
	other, err := pulumitools.Pinned(t.Context(), root, nil)
	require.NoError(t, err)
	assert.NotEqual(t, folder, other, "another pin, another folder")
	assert.Len(t, folders(t), 2, "a build that failed leaves nothing behind")
}

// folders are those in the cache.
func folders(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(os.Getenv(pulumitools.CacheVariable))
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		if entry.IsDir() {
			found = append(found, entry.Name())
		}
	}
	return found
}

func TestBuild_concurrentCalls_buildOnce(t *testing.T) {
	root := pins(t)
	var wait sync.WaitGroup
	found := make([]string, 4)
	for i := range found {
		wait.Go(func() {
			folder, err := pulumitools.Pinned(t.Context(), root, nil)
			assert.NoError(t, err)
			found[i] = folder
		})
	}
	wait.Wait()
	for _, folder := range found {
		assert.Equal(t, found[0], folder)
	}
	assert.Len(t, folders(t), 1)
}

func TestBuild_withoutPins_isAnError(t *testing.T) {
	t.Setenv(pulumitools.CacheVariable, t.TempDir())
	_, err := pulumitools.Pinned(t.Context(), t.TempDir(), nil)
	require.ErrorContains(t, err, "reading which Pulumi is pinned")
}
