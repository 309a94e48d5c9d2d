// Package engine runs Pulumi programs on the real engine, for tests: the pinned
// command line and Go language host on a temporary copy of the workspace, with
// state in a folder. Providers are attached by the environment; package fakecloud has
// them.
//
// The first run on a machine builds Pulumi and compiles the aws SDK: six minutes on
// two cores, and longer while other packages are tested. `go test` allows a package
// ten minutes unless it is given a -timeout. After that a command takes about a
// second. Without [Options.Programs] the first command of a program in a copy also
// links it, four to ten seconds.
package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/require"
)

// Passphrase is what stacks without a SecretsProvider are encrypted under, unless Env
// says otherwise.
const Passphrase = "a passphrase for tests"

// Engine runs pulumi on one copy of the workspace, with one backend.
type Engine struct {
	// Dir is the copy.
	Dir string
	// State is the folder of the backend.
	State string
	// Stack is the stack that the commands of its projects act on.
	Stack string
	// Env is what every command's environment has in addition to, or in place of, the
	// usual: NAME=value. NAME= is an empty variable.
	Env []string
	// SecretsProvider is that of the stacks that Init makes; default is the passphrase.
	SecretsProvider string

	tb    testing.TB
	tools string
	base  []string
}

// Options change how an Engine is made.
type Options struct {
	// Workspace is copied; default is the workspace of the test.
	Workspace string
	// Stack is the Engine's.
	Stack string
	// Programs are compiled programs by the folders of their sources; they have to be
	// there for each project that is used. Without them programs run by `go run`, as for
	// users, which takes a second of processor time to find that nothing has changed, and
	// ten to link a program in a new copy of the workspace.
	Programs map[string]string
	// Env and SecretsProvider are the Engine's.
	Env             []string
	SecretsProvider string
}

// New copies the workspace and makes a backend, in folders that go with the test.
// It builds Pulumi first where it is not yet built, and skips the test under
// -short.
func New(tb testing.TB, options Options) *Engine {
	tb.Helper()
	SkipShort(tb)
	root, err := workspace.Root()
	require.NoError(tb, err)
	tools, err := pulumitools.Pinned(tb.Context(), root, nil)
	require.NoError(tb, err)
	if options.Workspace == "" {
		options.Workspace = root
	}
	temporary := tb.TempDir()
	e := &Engine{
		Dir: reserveFolder(tb), State: filepath.Join(temporary, "state"),
		Stack: options.Stack, Env: options.Env, SecretsProvider: options.SecretsProvider, tb: tb, tools: tools,
	}
	e.base = append(pulumitools.Environment(tools, filepath.Join(temporary, "home"), e.State, Passphrase),
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		// Without this there is no flag --event-log.
		"PULUMI_DEBUG_COMMANDS=true",
		"NO_COLOR=1",
	)
	require.NoError(tb, os.MkdirAll(e.State, 0o700))
	require.NoError(tb, Copy(tb.Context(), options.Workspace, e.Dir))
	if options.Programs != nil {
		e.useCompiled(options.Programs, filepath.Join(temporary, "host"))
	}
	return e
}

// useCompiled has the language host run compiled programs. Each is linked from the folder
// of its source, and a script in the folder host starts the language host with its name.
// The host of .ci/pulumi takes the name from its flag -binary only, in place of the option
// `binary` in Pulumi.yaml.
func (e *Engine) useCompiled(programs map[string]string, host string) {
	e.tb.Helper()
	const name = "compiled-program"
	for folder, program := range programs {
		require.NoError(e.tb, os.Symlink(program, filepath.Join(e.Dir, filepath.FromSlash(folder), name)))
	}
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' -binary %s \"$@\"\n", filepath.Join(e.tools, "pulumi-language-go"), name)
	require.NoError(e.tb, os.Mkdir(host, 0o700))
	require.NoError(e.tb, os.WriteFile(filepath.Join(host, "pulumi-language-go"), []byte(script), 0o700)) //nolint:gosec // a program
	e.base = append(e.base, "PATH="+host+string(os.PathListSeparator)+e.tools+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// SkipShort skips a test that needs an Engine under -short.
func SkipShort(tb testing.TB) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("-short: running Pulumi takes minutes")
	}
}

// Project is the Pulumi project in a folder of the copy; "." is the root's.
func (e *Engine) Project(folder string) *Project {
	return &Project{engine: e, Dir: filepath.Join(e.Dir, filepath.FromSlash(folder))}
}

// pulumi runs the command line in a folder.
func (e *Engine) pulumi(dir string, args ...string) *Result {
	e.tb.Helper()
	log := filepath.Join(e.tb.TempDir(), "events.json")
	all := append([]string{"--non-interactive"}, args...)
	if takesEvents(args) {
		all = append(all, "--event-log", log)
	}
	var stdout, stderr bytes.Buffer
	command := e.Command(dir, all...)
	command.Env = append(command.Env, "PULUMI_STACK="+e.Stack)
	command.Stdout, command.Stderr = &stdout, &stderr
	started := time.Now()
	err := command.Run()
	result := &Result{Args: args, Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(started)}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		result.Status = exit.ExitCode()
	} else {
		require.NoError(e.tb, err, "running pulumi %v", args)
	}
	result.Events, err = readEvents(log)
	require.NoError(e.tb, err)
	e.tb.Logf("pulumi %s: status %d, %s", strings.Join(args, " "), result.Status, result.Took.Round(time.Millisecond))
	return result
}

// Command is pulumi in a folder, not yet started.
func (e *Engine) Command(dir string, args ...string) *exec.Cmd {
	// One that is killed leaves its lock and its children behind.
	ctx := context.WithoutCancel(e.tb.Context())
	command := exec.CommandContext(ctx, filepath.Join(e.tools, "pulumi"), args...) //nolint:gosec // a test says what to run
	command.Dir, command.Env = dir, append(slices.Clone(e.base), e.Env...)
	return command
}

// takesEvents reports whether a command writes what its engine did.
func takesEvents(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{"up", "preview", "refresh", "destroy"}, args[0])
}

// Contains are the files of the backend that have a text in them, backups and
// history included. The text may hold nothing that JSON escapes.
func (e *Engine) Contains(secret string) []string {
	e.tb.Helper()
	var found []string
	require.NoError(e.tb, filepath.WalkDir(e.State, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name) //nolint:gosec // it is in the test's own folder
		if bytes.Contains(content, []byte(secret)) {
			found = append(found, name)
		}
		return err
	}))
	return found
}
