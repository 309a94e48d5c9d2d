// Package pulumi runs the pulumi command line on the projects of the workspace.
// What only reads goes through the Automation API; updates run the program itself,
// since the Automation API kills an interrupted update after 10 seconds, and the
// stack stays locked.
package pulumi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// CLI is the installed pulumi.
type CLI struct {
	// Root is the folder that the folders of projects are in.
	Root string
	// Stdin, Stdout and Stderr are what an update or another long command uses. Stdout
	// and Stderr may be one writer.
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	command auto.PulumiCommand
}

// Project names a Pulumi project and where its stacks are.
type Project struct {
	// Folder is the folder of Pulumi.yaml, as pulumi's flag -C takes it.
	Folder string
	// Backend is the URL of the backend. When empty, pulumi uses the variable
	// PULUMI_BACKEND_URL or the backend that it is logged in to.
	Backend string
	// Env is added to the environment of pulumi: NAME=value.
	Env []string
}

// Stack is a stack on a backend.
type Stack struct {
	Name string
	// Resources is how many resources its state has. It is zero after the stack was
	// made, and after it was destroyed.
	Resources int
}

// BackendURL returns the URL of the backend that pulumi uses for the workspace. The
// Automation API asks for it only where the program knows its own version, which one
// built from source does not.
func (c *CLI) BackendURL(ctx context.Context) (string, error) {
	output, err := c.Read(ctx, Project{Folder: "."}, "whoami", "--json")
	if err != nil {
		return "", err
	}
	var who auto.WhoAmIResult
	if err := json.Unmarshal([]byte(output), &who); err != nil {
		return "", fmt.Errorf("decoding where pulumi is logged in: %w", err)
	}
	return who.URL, nil
}

// Stacks lists the stacks of a project.
func (c *CLI) Stacks(ctx context.Context, p Project) ([]Stack, error) {
	workspace, err := c.workspace(ctx, p)
	if err != nil {
		return nil, err
	}
	listed, err := workspace.ListStacks(ctx)
	if err != nil {
		return nil, err
	}
	stacks := make([]Stack, len(listed))
	for i, summary := range listed {
		// Pulumi Cloud may put the organization in front.
		stacks[i].Name = path.Base(summary.Name)
		if summary.ResourceCount != nil {
			stacks[i].Resources = *summary.ResourceCount
		}
	}
	return stacks, nil
}

// Config returns the value of a configuration key. It returns an error where the
// key has no value.
func (c *CLI) Config(ctx context.Context, p Project, stack, key string) (string, error) {
	workspace, err := c.workspace(ctx, p)
	if err != nil {
		return "", err
	}
	value, err := workspace.GetConfig(ctx, stack, key)
	return value.Value, err
}

// Outputs returns the outputs of a stack. A secret is not decrypted.
func (c *CLI) Outputs(ctx context.Context, p Project, stack string) (map[string]any, error) {
	output, err := c.Read(ctx, p, "stack", "output", "--json", "--stack", stack)
	if err != nil {
		return nil, err
	}
	var outputs map[string]any
	if err := json.Unmarshal([]byte(output), &outputs); err != nil {
		return nil, fmt.Errorf("decoding the outputs of %s: %w", p.Folder, err)
	}
	return outputs, nil
}

// Read runs a command that only reads, and returns what it printed.
func (c *CLI) Read(ctx context.Context, p Project, args ...string) (string, error) {
	workspace, err := c.workspace(ctx, p)
	if err != nil {
		return "", err
	}
	stdout, stderr, status, err := workspace.PulumiCommand().Run(ctx, workspace.WorkDir(), nil, nil, nil, p.env(), args...)
	if err != nil {
		return "", &Error{Args: c.args(p, args), Status: status, Output: stderr, Reason: strings.TrimSpace(stderr), err: err}
	}
	return stdout, nil
}

// Run runs any command without asking questions, with its output on Stdout and
// Stderr. An interrupt goes from the terminal to pulumi itself, which then stops in
// order: Run always waits for its end.
func (c *CLI) Run(ctx context.Context, p Project, args ...string) error {
	return c.run(ctx, p, append([]string{"--non-interactive"}, args...))
}

// RunInteractive runs a command that may ask for confirmation on the terminal.
func (c *CLI) RunInteractive(ctx context.Context, p Project, args ...string) error {
	return c.run(ctx, p, args)
}

func (c *CLI) run(ctx context.Context, p Project, args []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	all := c.args(p, args)
	command := exec.CommandContext(context.WithoutCancel(ctx), "pulumi", all...) //nolint:gosec // the arguments are a list, not a shell's line
	command.Dir, command.Stdin = c.Root, c.Stdin
	command.Env = append(os.Environ(), p.env()...)
	var output bytes.Buffer
	if slices.Contains(args, "--non-interactive") {
		// os/exec writes both at the same time.
		var mu sync.Mutex
		command.Stdout = lockedWriter{&mu, io.MultiWriter(c.Stdout, &output)}
		command.Stderr = lockedWriter{&mu, io.MultiWriter(c.Stderr, &output)}
	} else {
		// Pulumi asks only where its output is the terminal.
		command.Stdout, command.Stderr = c.Stdout, c.Stderr
	}
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return &Error{Args: all, Status: exit.ExitCode(), Output: output.String(), err: err}
	default:
		return installed(err)
	}
}

// lockedWriter writes to a writer that others with the same lock write to as well.
type lockedWriter struct {
	mu *sync.Mutex
	to io.Writer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// args puts the folder in front, as a person would type it.
func (c *CLI) args(p Project, args []string) []string {
	return append([]string{"-C", p.Folder}, args...)
}

func (p Project) env() []string {
	if p.Backend == "" {
		return p.Env
	}
	return append([]string{"PULUMI_BACKEND_URL=" + p.Backend}, p.Env...)
}

func (c *CLI) workspace(ctx context.Context, p Project) (auto.Workspace, error) {
	if c.command == nil {
		// The key requiredPulumiVersion of each Pulumi.yaml checks the version.
		command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{SkipVersionCheck: true})
		if err != nil {
			return nil, installed(err)
		}
		c.command = command
	}
	env := map[string]string{}
	for _, variable := range p.env() {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return auto.NewLocalWorkspace(ctx, auto.Pulumi(c.command), auto.EnvVars(env),
		auto.WorkDir(filepath.Join(c.Root, filepath.FromSlash(p.Folder))))
}

// installed explains the error of a machine without pulumi.
func installed(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("pulumi is not installed: https://www.pulumi.com/docs/install")
	}
	return fmt.Errorf("running pulumi: %w", err)
}

// Error is a command of pulumi that failed.
type Error struct {
	Args   []string
	Status int
	// Output is what the command printed. It is empty for an interactive command.
	Output string
	// Reason is what a command that only reads printed as its error.
	Reason string

	err error
}

func (e *Error) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("pulumi %s failed with status %d", strings.Join(e.Args, " "), e.Status)
	}
	return fmt.Sprintf("pulumi %s failed with status %d: %s", strings.Join(e.Args, " "), e.Status, e.Reason)
}

func (e *Error) Unwrap() error { return e.err }

// locked is what pulumi says of a stack that another update holds, on a bucket or a
// folder and on Pulumi Cloud.
var (
	locked = regexp.MustCompile(`the stack is currently locked by|\[409\] Conflict: Another update is currently in progress`)
	holder = regexp.MustCompile(`(?m)^\s*(\S.*: created by .* at .*)$`)
)

// Locked reports whether the command failed since another update holds the stack,
// and returns who holds it, as far as pulumi names them.
func (e *Error) Locked() (holders []string, is bool) {
	if !locked.MatchString(e.Output) {
		return nil, false
	}
	for _, match := range holder.FindAllStringSubmatch(e.Output, -1) {
		holders = append(holders, match[1])
	}
	slices.Sort(holders)
	return slices.Compact(holders), true
}
