// Package stackconfig reads the configuration of a stack into the Args of its
// component. Everything that is wrong is named at once, with the commands that
// change it.
package stackconfig

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Config is the configuration of one stack of one project.
type Config struct {
	directory, project, stack string
	values                    map[string]string
}

// regionKey is the AWS provider's own; names and rights are made of it, too.
const regionKey = "aws:region"

// family begins the names of all three projects.
const family = "ingest-"

// Run runs a stack's program. The directory is that of its Pulumi.yaml, relative to
// the workspace, for the commands that messages name.
func Run(directory string, program func(*pulumi.Context, *Config) error) {
	var values map[string]string
	pulumi.Run(func(ctx *pulumi.Context) error {
		return program(ctx, New(directory, ctx.Project(), ctx.Stack(), values))
	}, func(info *pulumi.RunInfo) { values = info.Config })
}

// New returns the configuration that the engine gives to a program: all of its keys
// with their namespaces, and their values as the engine writes them.
func New(directory, project, stack string, values map[string]string) *Config {
	return &Config{directory: directory, project: project, stack: stack, values: values}
}

// full is a key with its namespace: the project's own, unless the key names one.
func (c *Config) full(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return c.project + ":" + key
}

// command is one of pulumi's, as it is typed at the root of the workspace.
func (c *Config) command(verb, target string) string {
	where := ""
	if c.directory != "." {
		where = " -C " + c.directory
	}
	return fmt.Sprintf("pulumi%s config %s --stack %s %s", where, verb, c.stack, target)
}
