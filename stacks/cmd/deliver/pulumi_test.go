package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/require"
)

// fakePulumi is a pulumiCLI whose methods a test sets. One that is not set panics.
type fakePulumi struct {
	backendURL func() (string, error)
	stacks     func(p pulumi.Project) ([]pulumi.Stack, error)
	config     func(p pulumi.Project, stack, key string) (string, error)
	outputs    func(p pulumi.Project, stack string) (map[string]any, error)
	run        func(p pulumi.Project, args []string) error
	// calls are the commands that were run, each "<folder> <backend>: <arguments>".
	calls []string
}

func (f *fakePulumi) BackendURL(context.Context) (string, error) { return f.backendURL() }

func (f *fakePulumi) Stacks(_ context.Context, p pulumi.Project) ([]pulumi.Stack, error) {
	return f.stacks(p)
}

func (f *fakePulumi) Config(_ context.Context, p pulumi.Project, stack, key string) (string, error) {
	return f.config(p, stack, key)
}

func (f *fakePulumi) Outputs(_ context.Context, p pulumi.Project, stack string) (map[string]any, error) {
	return f.outputs(p, stack)
}

func (f *fakePulumi) Run(_ context.Context, p pulumi.Project, args ...string) error {
	f.calls = append(f.calls, fmt.Sprintf("%s %s: %s", p.Folder, p.Backend, strings.Join(args, " ")))
	return f.run(p, args)
}

func (f *fakePulumi) RunInteractive(ctx context.Context, p pulumi.Project, args ...string) error {
	return f.Run(ctx, p, append(args, "(interactive)")...)
}

const (
	bucketURL = "s3://ingest-pulumi-state-us-east-1-123456789012?region=us-east-1"
	kmsURL    = "awskms://alias/ingest-pulumi?region=us-east-1"
)

var (
	errRefused     = errors.New("refused")
	errNotLoggedIn = errors.New("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions")
	errNoBucket    = errors.New("api error NoSuchBucket: The specified bucket does not exist")
)

// world models backends with the stacks of projects, as far as bootstrap changes
// them. The bucket exists while bootstrap is deployed anywhere.
type world struct {
	root string
	// stacks are the resources of each stack of bootstrap, by "<backend> <name>".
	stacks map[string]int
	// above are the stacks of the layers above, by folder.
	above   map[string][]pulumi.Stack
	protect string
}

func newWorld(root string) *world {
	return &world{root: root, stacks: map[string]int{}, above: map[string][]pulumi.Stack{}, protect: "false"}
}

// fake is pulumi in the world, logged in nowhere.
func (w *world) fake() *fakePulumi {
	return &fakePulumi{
		backendURL: func() (string, error) { return "", errNotLoggedIn },
		stacks:     w.list,
		config:     func(pulumi.Project, string, string) (string, error) { return w.protect, nil },
		outputs: func(p pulumi.Project, stack string) (map[string]any, error) {
			if w.stacks[p.Backend+" "+stack] == 0 {
				return map[string]any{}, nil
			}
			return map[string]any{"stateBackendUrl": bucketURL, "secretsProvider": kmsURL}, nil
		},
		run: w.run,
	}
}

func (w *world) bucketExists() bool {
	for _, resources := range w.stacks {
		if resources > 0 {
			return true
		}
	}
	return false
}

func (w *world) list(p pulumi.Project) ([]pulumi.Stack, error) {
	if isBucket(p.Backend) && !w.bucketExists() {
		return nil, errNoBucket
	}
	if p.Folder != "stacks/bootstrap" {
		return w.above[p.Folder], nil
	}
	var stacks []pulumi.Stack
	for at, resources := range w.stacks {
		if name, here := strings.CutPrefix(at, p.Backend+" "); here {
			stacks = append(stacks, pulumi.Stack{Name: name, Resources: resources})
		}
	}
	return stacks, nil
}

func (w *world) run(p pulumi.Project, args []string) error {
	at := p.Backend + " prod"
	if folder, local := strings.CutPrefix(p.Backend, "file://"); local {
		if _, err := os.Stat(folder); err != nil {
			return err
		}
	}
	_, exists := w.stacks[at]
	switch command := strings.Join(args[:min(2, len(args))], " "); {
	case command == "stack init" && !exists:
		w.stacks[at] = 0
	case command == "up --stack" && exists:
		w.stacks[at] = 52
	case command == "stack rm" && w.stacks[at] == 0 && exists:
		delete(w.stacks, at)
	case command == "stack migrate" && !exists:
		source := args[2] + " prod"
		if w.stacks[source] == 0 {
			return fmt.Errorf("there is nothing to migrate at %s", source)
		}
		w.stacks[at] = w.stacks[source]
		copied := filepath.Join(w.root, "stacks", "bootstrap", "Pulumi.prod.yaml.bak.1")
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return err
		}
		return os.WriteFile(copied, nil, 0o600)
	case command == "preview --stack" && exists:
	case command == "destroy --stack" && exists:
		w.stacks[at] = 0
		if strings.HasPrefix(p.Backend, "file://") {
			delete(w.stacks, bucketURL+" prod")
		}
	default:
		return fmt.Errorf("%s: impossible where %v", strings.Join(args, " "), w.stacks)
	}
	return nil
}

// failAt makes the fake fail at the command that contains a text, before or after
// the command has had its effect.
func (f *fakePulumi) failAt(command string, after bool) {
	run := f.run
	f.run = func(p pulumi.Project, args []string) error {
		fails := strings.Contains(strings.Join(args, " "), command)
		if fails && !after {
			return errRefused
		}
		if err := run(p, args); err != nil || !fails {
			return err
		}
		return errRefused
	}
}

// commands are the commands that were run, without folder and backend.
func (f *fakePulumi) commands() []string {
	var commands []string
	for _, call := range f.calls {
		_, command, _ := strings.Cut(call, ": ")
		commands = append(commands, command)
	}
	return commands
}

// ran reports whether a command that begins with a text was run.
func (f *fakePulumi) ran(prefix string) bool {
	return slices.ContainsFunc(f.commands(), func(c string) bool { return strings.HasPrefix(c, prefix) })
}

// globbed are the files below a folder that match a pattern.
func globbed(t *testing.T, folder, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(pattern)))
	require.NoError(t, err)
	return found
}
