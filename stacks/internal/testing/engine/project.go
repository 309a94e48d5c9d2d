package engine

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/require"
)

// Project is a Pulumi project in an engine's copy of the workspace.
type Project struct {
	// Dir is where its Pulumi.yaml is.
	Dir string

	engine *Engine
}

// Pulumi runs any command of the command line, as it is given.
func (p *Project) Pulumi(args ...string) *Result {
	p.engine.tb.Helper()
	return p.engine.pulumi(p.Dir, args...)
}

// Init makes the stack.
func (p *Project) Init() {
	p.engine.tb.Helper()
	args := []string{"init", p.engine.Stack}
	if p.engine.SecretsProvider != "" {
		args = append(args, "--secrets-provider", p.engine.SecretsProvider)
	}
	p.must("stack", args...)
}

// Config sets a key of the stack: "key" of the project's own, or "namespace:key", or a
// path below one. It writes what `pulumi config set --path` would, without a process.
func (p *Project) Config(key, value string) {
	p.engine.tb.Helper()
	p.changeConfig(key, func(m config.Map, k config.Key) error { return m.Set(k, config.NewValue(value), true) })
}

// Unset removes a key of the stack, as `pulumi config rm --path` does.
func (p *Project) Unset(key string) {
	p.engine.tb.Helper()
	p.changeConfig(key, func(m config.Map, k config.Key) error { return m.Remove(k, true) })
}

func (p *Project) changeConfig(key string, change func(config.Map, config.Key) error) {
	p.engine.tb.Helper()
	name := filepath.Join(p.Dir, "Pulumi.yaml")
	project, err := workspace.LoadProject(name)
	require.NoError(p.engine.tb, err)
	if !strings.Contains(key, ":") {
		key = string(project.Name) + ":" + key
	}
	parsed, err := config.ParseKey(key)
	require.NoError(p.engine.tb, err)
	file := p.ConfigFile()
	stack, err := workspace.LoadProjectStack(cmdutil.Diag(), project, file)
	require.NoError(p.engine.tb, err)
	require.NoError(p.engine.tb, change(stack.Config, parsed), "changing %s in %s", key, file)
	require.NoError(p.engine.tb, stack.Save(file))
}

// ConfigFile is the file with the settings of the stack.
func (p *Project) ConfigFile() string {
	return filepath.Join(p.Dir, "Pulumi."+p.engine.Stack+".yaml")
}

// Up deploys the stack, without a preview first.
func (p *Project) Up(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"up", "--yes", "--skip-preview"}, args...)...)
}

// Preview shows what Up would do.
func (p *Project) Preview(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"preview", "--diff"}, args...)...)
}

// Refresh takes what is deployed into the stack's state.
func (p *Project) Refresh(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"refresh", "--yes", "--skip-preview"}, args...)...)
}

// Destroy deletes the resources of the stack.
func (p *Project) Destroy(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"destroy", "--yes", "--skip-preview"}, args...)...)
}

// Outputs are the outputs of the stack, secrets in clear text.
func (p *Project) Outputs() map[string]any {
	p.engine.tb.Helper()
	var outputs map[string]any
	result := p.must("stack", "output", "--json", "--show-secrets")
	require.NoError(p.engine.tb, json.Unmarshal([]byte(result.Stdout), &outputs), "reading the outputs: %s", result.Stdout)
	return outputs
}

// Export is the state of the stack as text, with secrets encrypted.
func (p *Project) Export() string {
	p.engine.tb.Helper()
	return p.must("stack", "export").Stdout
}

// Resources are the resources in the state of the stack.
func (p *Project) Resources() []StateResource {
	p.engine.tb.Helper()
	var state struct {
		Deployment struct {
			Resources []StateResource `json:"resources"`
		} `json:"deployment"`
	}
	require.NoError(p.engine.tb, json.Unmarshal([]byte(p.Export()), &state), "reading the state")
	return state.Deployment.Resources
}

// StateResource is a resource as it is in a state.
type StateResource struct {
	URN     string         `json:"urn"`
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Parent  string         `json:"parent"`
	Protect bool           `json:"protect"`
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// must runs a command that has to succeed.
func (p *Project) must(command string, args ...string) *Result {
	p.engine.tb.Helper()
	result := p.Pulumi(slices.Insert(args, 0, command)...)
	result.Succeeds(p.engine.tb)
	return result
}
