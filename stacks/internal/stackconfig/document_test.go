package stackconfig_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the config blocks of Pulumi.yaml and the table in docs/configuration.md")

const (
	root  = "../../.."
	begin = "<!-- This table is generated from the Args of the components: make settings -->\n"
	end   = "<!-- End of the generated table. -->\n"
)

func layers() []stackconfig.Layer {
	return []stackconfig.Layer{
		{Name: "bootstrap", Directory: "stacks/bootstrap", Fields: bootstrap.Settings.Fields()},
		{Name: "data-config", Directory: "stacks/data-config", Fields: dataconfig.Settings.Fields()},
		{Name: "compute", Directory: ".", Fields: compute.Settings.Fields()},
	}
}

func TestPulumiYAML_declaresTheSettingsOfTheComponent(t *testing.T) {
	for _, layer := range layers() {
		block, err := layer.Declaration()
		require.NoError(t, err)
		hold(t, filepath.Join(layer.Directory, "Pulumi.yaml"), func(content string) string {
			before, _, found := strings.Cut(content, "\nconfig:\n")
			require.True(t, found, "%s has to hold a config block, and nothing after it", layer.Directory)
			return before + "\n" + block
		})
	}
}

func TestConfigurationPage_listsTheSettingsOfTheComponents(t *testing.T) {
	hold(t, "docs/configuration.md", func(content string) string {
		before, rest, found := strings.Cut(content, begin)
		require.True(t, found, "the page has to hold the line %s", begin)
		_, after, found := strings.Cut(rest, end)
		require.True(t, found, "the page has to hold the line %s", end)
		return before + begin + "\n" + stackconfig.Table(layers()) + "\n" + end + after
	})
}

// hold compares a file with what it should hold, or writes it.
func hold(t *testing.T, name string, generate func(content string) string) {
	t.Helper()
	path := filepath.Join(root, name)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	want := generate(string(content))
	if *update && want != string(content) {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		t.Errorf("%s was written; run the test again without -update", name)
		return
	}
	assert.Equal(t, want, string(content), "%s differs from the Args of the component; run: make settings", name)
}

func TestStackFiles_setDeclaredKeysOnly(t *testing.T) {
	for _, layer := range layers() {
		declared := map[string]bool{}
		for _, field := range layer.Fields {
			declared[field.Key] = true
		}
		for _, environment := range []string{"prod", "local"} {
			var file struct {
				Config map[string]any `yaml:"config"`
			}
			name := filepath.Join(layer.Directory, "Pulumi."+environment+".yaml")
			content, err := os.ReadFile(filepath.Join(root, name))
			require.NoError(t, err)
			require.NoError(t, yaml.Unmarshal(content, &file), name)
			assert.Contains(t, file.Config, "aws:region", name)
			for key := range file.Config {
				if own, found := strings.CutPrefix(key, "ingest-"+layer.Name+":"); found {
					assert.True(t, declared[own], "%s: %s", name, key)
				} else {
					assert.True(t, strings.HasPrefix(key, "aws:"), "%s: %s", name, key)
				}
			}
		}
	}
}
