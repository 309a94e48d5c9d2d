package actrun

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Variable names the address that shims ask.
const Variable = "INGEST_ACTRUN"

// Call is a program, or an action, that a workflow runs.
type Call struct {
	// Program is the name of the program, or owner/name of the action.
	Program string
	// Args are the arguments of a program.
	Args []string
	// Environ is the environment. The inputs of an action are in it, as INPUT_NAME.
	Environ []string
	// Dir is the working directory.
	Dir string
}

// Env is the value of a variable, or "".
func (c Call) Env(name string) string {
	for _, variable := range slices.Backward(c.Environ) {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}

// Input is the value of an input of an action.
func (c Call) Input(name string) string {
	return strings.TrimSpace(c.Env("INPUT_" + strings.ToUpper(strings.ReplaceAll(name, " ", "_"))))
}

// String is the job, the role that the job has assumed, and what it runs. Of the name of
// a temporary file only its ending stays.
func (c Call) String() string {
	job := c.Env("GITHUB_JOB")
	if role := c.Env(roleVariable); role != "" {
		job += " as " + role
	}
	return job + ": " + c.command()
}

var temporary = regexp.MustCompile(`\S*/(?:manifest-\d+|(?:deliver|drift)-\d+/)`)

func (c Call) command() string {
	text := strings.TrimSpace(strings.Join(append([]string{c.Program}, c.Args...), " "))
	return temporary.ReplaceAllString(strings.ReplaceAll(text, " --non-interactive", ""), "*")
}

// Answer is what a call does.
type Answer struct {
	Stdout, Stderr string
	Status         int
	// Run is a program that is run instead, in Dir and with Environ.
	Run     []string
	Dir     string
	Environ []string
}

// Real runs a program in the folder and the environment of the call.
func (c Call) Real(program string, args ...string) Answer {
	return Answer{Run: append([]string{program}, args...), Dir: c.Dir, Environ: c.Environ}
}

// set writes name=value into a file that Actions reads, such as GITHUB_ENV.
func (c Call) set(file, name, value string) error {
	f, err := os.OpenFile(c.Env(file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s=%s\n", name, value)
	return err
}
