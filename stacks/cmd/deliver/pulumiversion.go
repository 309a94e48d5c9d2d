package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var pulumiVersion = regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v([0-9][0-9.]*)`)

// pulumiVersionCommand prints the version of Pulumi that CI installs: that of the
// module that the engine tests build it from.
type pulumiVersionCommand struct{}

func (pulumiVersionCommand) Run(a *app) error {
	const file = ".ci/pulumi/cli/go.mod"
	content, err := os.ReadFile(filepath.Join(a.root, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	match := pulumiVersion.FindSubmatch(content)
	if match == nil {
		return fmt.Errorf("%s has no line 'github.com/pulumi/pulumi/pkg/v3 v<version>' to read the version from", file)
	}
	return a.output("version", string(match[1]))
}
