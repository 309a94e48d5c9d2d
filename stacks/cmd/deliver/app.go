package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// environment holds environment variables by name.
type environment map[string]string

// newEnvironment reads variables in the form of os.Environ.
func newEnvironment(environ []string) environment {
	env := environment{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return env
}

// need returns an error that names every listed variable that is unset or empty.
func (e environment) need(names ...string) error {
	var missing []string
	for _, name := range names {
		if e[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return usagef("not set: %s", strings.Join(missing, " "))
	}
	return nil
}

// app is what every command gets.
type app struct {
	// root is the folder of the workspace, where go.work is.
	root           string
	stdin          io.Reader
	stdout, stderr io.Writer
	env            environment
	pulumi         pulumiCLI
}

// output prints name=value, and in GitHub Actions also sets the step's output.
func (a *app) output(name, value string) error {
	line := fmt.Sprintf("%s=%s\n", name, value)
	fmt.Fprint(a.stdout, line)
	return appendTo(a.env["GITHUB_OUTPUT"], line)
}

// note prints a line, and in GitHub Actions also adds it to the job's summary.
func (a *app) note(line string) error {
	fmt.Fprintln(a.stdout, line)
	return appendTo(a.env["GITHUB_STEP_SUMMARY"], line+"\n")
}

// appendTo appends text to a file. It does nothing where no file is named.
func appendTo(path, text string) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // GitHub names it
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
