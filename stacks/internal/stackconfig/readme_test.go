package stackconfig_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the table of keys into docs/configuration.md")

const (
	root  = "../../.."
	begin = "<!-- The table of keys is made from the Pulumi.yaml files: go test ./internal/stackconfig -update -->\n"
	end   = "<!-- The end of the table of keys. -->\n"
)

// declaration is one key of a Pulumi.yaml.
type declaration struct {
	Type        string `yaml:"type"`
	Description string `yaml:"description"`
	Default     any    `yaml:"default"`
}

// layer is one project and its keys, in the order of its file.
type layer struct {
	name, directory string
	keys            []string
	declared        map[string]declaration
}

func layers(t *testing.T) []layer {
	t.Helper()
	all := []layer{{name: "bootstrap", directory: "stacks/bootstrap"}, {name: "data-config", directory: "stacks/data-config"}, {name: "compute", directory: "."}}
	for i := range all {
		var project struct {
			Name   string    `yaml:"name"`
			Config yaml.Node `yaml:"config"`
		}
		readYAML(t, filepath.Join(all[i].directory, "Pulumi.yaml"), &project)
		require.Equal(t, "ingest-"+all[i].name, project.Name)
		require.NoError(t, project.Config.Decode(&all[i].declared))
		for j := 0; j < len(project.Config.Content); j += 2 {
			all[i].keys = append(all[i].keys, project.Config.Content[j].Value)
		}
	}
	return all
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, into), name)
}

// shared are the keys that all layers declare.
var shared = []string{"project", "owner", "tags"}

func TestEveryKeyIsDeclaredInFull(t *testing.T) {
	for _, layer := range layers(t) {
		assert.Equal(t, shared, layer.keys[:len(shared)], layer.name)
		for _, key := range layer.keys {
			declared := layer.declared[key]
			assert.NotEmpty(t, declared.Type, "%s %s", layer.name, key)
			assert.NotEmpty(t, declared.Description, "%s %s", layer.name, key)
			assert.NotNil(t, declared.Default, "%s %s has to have a default: without one the engine stops before the program can say what is missing", layer.name, key)
		}
	}
}

func TestTheSettingsOfEachEnvironmentAreDeclared(t *testing.T) {
	for _, layer := range layers(t) {
		for _, environment := range []string{"prod", "local"} {
			var file struct {
				Config map[string]any `yaml:"config"`
			}
			name := filepath.Join(layer.directory, "Pulumi."+environment+".yaml")
			readYAML(t, name, &file)
			assert.Contains(t, file.Config, "aws:region", name)
			for key := range file.Config {
				if own, found := strings.CutPrefix(key, "ingest-"+layer.name+":"); found {
					assert.Contains(t, layer.declared, own, name)
				} else {
					assert.True(t, strings.HasPrefix(key, "aws:"), "%s: %s", name, key)
				}
			}
		}
	}
}

func TestTheDocumentedTableOfKeysIsThatOfTheDeclarations(t *testing.T) {
	name := filepath.Join(root, "docs/configuration.md")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found, "docs/configuration.md has to hold the line %s", begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "docs/configuration.md has to hold the line %s", end)
	want := before + begin + table(layers(t)) + end + after
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o600))
		t.Fatal("docs/configuration.md was written; run the test again without -update")
	}
	assert.Equal(t, want, string(content), "run: go test ./internal/stackconfig -update")
}

func table(all []layer) string {
	var out strings.Builder
	out.WriteString("\n| stack | key | default | |\n|---|---|---|---|\n")
	fmt.Fprintf(&out, "| all | `aws:region` | required | The region; the three stacks of an environment have to agree |\n")
	for i, layer := range all {
		for j, key := range layer.keys {
			common := j < len(shared)
			if common && i > 0 {
				continue
			}
			name := layer.name
			if common {
				name = "all"
			}
			fmt.Fprintf(&out, "| %s | `%s` | %s | %s |\n", name, key, shown(layer.declared[key]), layer.declared[key].Description)
		}
	}
	out.WriteString("\n")
	return out.String()
}

// shown is a default as it is typed; an empty one is not shown.
func shown(d declaration) string {
	if strings.HasSuffix(d.Description, "; required") {
		return "required"
	}
	if d.Type == "object" || d.Default == "" {
		return ""
	}
	return fmt.Sprintf("`%v`", d.Default)
}
