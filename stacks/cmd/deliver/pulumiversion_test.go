package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeFile writes a file below a folder.
func writeFile(t *testing.T, folder, name, content string) {
	t.Helper()
	full := filepath.Join(folder, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o750))
	require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
}

func TestPulumiVersion(t *testing.T) {
	a, out := newApp(t, nil)
	github := filepath.Join(t.TempDir(), "output")
	a.env["GITHUB_OUTPUT"] = github
	err := pulumiVersionCommand{}.Run(a)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Contains(t, err.Error(), "go.mod")

	writeFile(t, a.root, ".ci/pulumi/cli/go.mod", "module cli\n")
	require.EqualError(t, pulumiVersionCommand{}.Run(a), ".ci/pulumi/cli/go.mod has no line 'github.com/pulumi/pulumi/pkg/v3 v<version>' to read the version from")

	writeFile(t, a.root, ".ci/pulumi/cli/go.mod", "module cli\n\nrequire github.com/pulumi/pulumi/pkg/v3 v3.259.0\n")
	require.NoError(t, pulumiVersionCommand{}.Run(a))
	assert.Equal(t, "version=3.259.0\n", out.String())
	written, err := os.ReadFile(github)
	require.NoError(t, err)
	assert.Equal(t, out.String(), string(written))
}
