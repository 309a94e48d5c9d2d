package pulumitools_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// install makes an executable pulumi that prints a version, with a language host
// next to it, and puts its folder first on the PATH.
func install(t *testing.T, version string, host bool) string {
	t.Helper()
	folder := t.TempDir()
	for name, script := range map[string]string{"pulumi": "#!/bin/sh\necho " + version + "\n", "pulumi-language-go": "#!/bin/sh\n"} {
		if name == "pulumi" || host {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700))
		}
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return folder
}

func TestFind_prefersAnInstalledPulumi(t *testing.T) {
	for name, c := range map[string]struct {
		version string
		host    bool
		used    bool
		says    string
	}{
		"newer":             {"v3.300.1", true, true, "pulumi v3.300.1, installed in"},
		"the first":         {"v3.256.0", true, true, "installed in"},
		"too old":           {"v3.255.9", true, false, "the installed one is v3.255.9; required is >=3.256.0"},
		"without host":      {"v3.300.1", false, false, "has no pulumi-language-go next to it"},
		"no version at all": {"hello", true, false, `reports the version "hello"`},
	} {
		t.Run(name, func(t *testing.T) {
			root := pins(t)
			write(t, filepath.Join(root, "Pulumi.yaml"), "name: ingest-compute\nruntime: go\nrequiredPulumiVersion: \">=3.256.0\"\n")
			folder := install(t, c.version, c.host)
			var progress strings.Builder
			found, err := pulumitools.Find(t.Context(), root, &progress)
			require.NoError(t, err)
			assert.Equal(t, c.used, found == folder)
			assert.FileExists(t, filepath.Join(found, "pulumi"))
			assert.Contains(t, progress.String(), c.says)
		})
	}
}
