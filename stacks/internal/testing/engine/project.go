package engine

import (
	"encoding/json"
	"slices"

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

// Init makes a stack and selects it.
func (p *Project) Init(stack string, args ...string) {
	p.engine.tb.Helper()
	p.must("stack", append([]string{"init", stack}, args...)...)
}

// Config sets a key of the selected stack.
func (p *Project) Config(key, value string, args ...string) {
	p.engine.tb.Helper()
	p.must("config", append([]string{"set", key, value}, args...)...)
}

// Up deploys the selected stack, without a preview first.
func (p *Project) Up(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"up", "--yes", "--skip-preview"}, args...)...)
}

// Preview shows what Up would do.
func (p *Project) Preview(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"preview", "--diff"}, args...)...)
}

// Refresh takes what is deployed into the selected stack's state.
func (p *Project) Refresh(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"refresh", "--yes", "--skip-preview"}, args...)...)
}

// Destroy deletes the resources of the selected stack.
func (p *Project) Destroy(args ...string) *Result {
	p.engine.tb.Helper()
	return p.Pulumi(append([]string{"destroy", "--yes", "--skip-preview"}, args...)...)
}

// Outputs are the outputs of the selected stack, secrets in clear text.
func (p *Project) Outputs() map[string]any {
	p.engine.tb.Helper()
	var outputs map[string]any
	result := p.must("stack", "output", "--json", "--show-secrets")
	require.NoError(p.engine.tb, json.Unmarshal([]byte(result.Stdout), &outputs), "reading the outputs: %s", result.Stdout)
	return outputs
}

// Export is the state of the selected stack as text, with secrets encrypted.
func (p *Project) Export() string {
	p.engine.tb.Helper()
	return p.must("stack", "export").Stdout
}

// Resources are the resources in the state of the selected stack.
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
