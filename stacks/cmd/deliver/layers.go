package main

import (
	"context"
	"fmt"
	"regexp"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// pulumiCLI is what commands use of pulumi.CLI.
type pulumiCLI interface {
	BackendURL(ctx context.Context) (string, error)
	Stacks(ctx context.Context, p pulumi.Project) ([]pulumi.Stack, error)
	Config(ctx context.Context, p pulumi.Project, stack, key string) (string, error)
	Outputs(ctx context.Context, p pulumi.Project, stack string) (map[string]any, error)
	Run(ctx context.Context, p pulumi.Project, args ...string) error
	RunInteractive(ctx context.Context, p pulumi.Project, args ...string) error
}

// Layers of the workspace, from the bottom. Each is a Pulumi project.
const (
	bootstrapLayer = "bootstrap"
	dataLayer      = "data-config"
	computeLayer   = "compute"
)

// project is the project of a layer on the backend that pulumi is logged in to.
// Compute's is the root of the workspace.
func project(layer string) pulumi.Project {
	if layer == computeLayer {
		return pulumi.Project{Folder: "."}
	}
	return pulumi.Project{Folder: "stacks/" + layer}
}

// environmentName is the name of an environment, which is also its stacks' name.
type environmentName string

var environmentPattern = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

// UnmarshalText checks the name.
func (e *environmentName) UnmarshalText(text []byte) error {
	if !environmentPattern.Match(text) {
		return fmt.Errorf("ENV is '%s'; allowed: up to 12 lower-case letters and digits, a letter first", text)
	}
	*e = environmentName(text)
	return nil
}

// target is the environment that a command works on.
type target struct {
	Env environmentName `default:"prod" from:"ENV" help:"Environment (variable ENV)."`
}

func (t target) name() string { return string(t.Env) }

// find returns the stack of a name, and whether there is one.
func find(stacks []pulumi.Stack, name string) (pulumi.Stack, bool) {
	for _, stack := range stacks {
		if stack.Name == name {
			return stack, true
		}
	}
	return pulumi.Stack{}, false
}

// text returns an output that is a string, and "" without one.
func text(outputs map[string]any, name string) string {
	value, _ := outputs[name].(string)
	return value
}
