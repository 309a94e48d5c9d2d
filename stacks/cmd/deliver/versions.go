package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var (
	goVersion     = regexp.MustCompile(`(?m)^FROM .*golang:([0-9][0-9.]*)`)
	pulumiVersion = regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v([0-9][0-9.]*)`)
)

// versionsCommand prints the versions of what CI installs, from the one place that
// pins each: Go from the images' Dockerfile, so that CI tests with the compiler of
// the images, and Pulumi from the module that the engine tests build it from.
type versionsCommand struct{}

func (versionsCommand) Run(a *app) error {
	var errs []error
	for _, pinned := range []struct {
		output, file string
		pattern      *regexp.Regexp
		line         string
	}{
		{"go", "services/Dockerfile", goVersion, "FROM golang:<version>"},
		{"pulumi", ".ci/pulumi/cli/go.mod", pulumiVersion, "github.com/pulumi/pulumi/pkg/v3 v<version>"},
	} {
		content, err := os.ReadFile(filepath.Join(a.root, filepath.FromSlash(pinned.file)))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		match := pinned.pattern.FindSubmatch(content)
		if match == nil {
			errs = append(errs, fmt.Errorf("%s has no line '%s' to read the version from", pinned.file, pinned.line))
			continue
		}
		errs = append(errs, a.output(pinned.output, string(match[1])))
	}
	return errors.Join(errs...)
}
