package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// changes are settings that a command changes first.
type changes struct {
	Set []string `placeholder:"KEY=VALUE" sep:"none" help:"Change a setting first; it is kept in .local/pulumi/<stack>.yaml. May be given more than once."`
}

type upCommand struct {
	changes

	Cost bool `default:"true" negatable:"" help:"Print the monthly cost, with ingestctl."`
}

// Run applies the three stacks.
func (c *upCommand) Run(ctx context.Context, s *session) error {
	return s.during(ctx, func() error {
		if err := s.prepare(ctx, c.Set); err != nil {
			return err
		}
		fmt.Fprintln(s.stdout)
		for _, l := range layers {
			if err := s.apply(ctx, l, "up", "--yes", "--skip-preview", "--non-interactive", "--suppress-outputs"); err != nil {
				return err
			}
		}
		if err := s.summarize(ctx); err != nil {
			return err
		}
		if c.Cost {
			if err := s.cost(ctx); err != nil {
				return err
			}
		}
		fmt.Fprint(s.stdout, next)
		return nil
	})
}

const next = `
NEXT
  make preview-local SET=workerDesiredCount=3    what that setting would change (SET takes any key of docs/configuration.md)
  make up-local                                  apply it
  make pulumi-local ARGS="preview --diff"        any pulumi command (STACK=bootstrap or data-config for the others)
  make down-local                                destroy the three stacks
The account and the state are in .local/pulumi.
`

type previewCommand struct{ changes }

// Run previews the three stacks.
func (c *previewCommand) Run(ctx context.Context, s *session) error {
	return s.during(ctx, func() error {
		if err := s.prepare(ctx, c.Set); err != nil {
			return err
		}
		for _, l := range layers {
			fmt.Fprintf(s.stdout, "\n%s\n", l.name)
			if l == compute && len(s.aws.Resources("")) == 0 {
				fmt.Fprintln(s.stdout, "cannot be previewed before `make up-local`: it reads the outputs of data-config")
				return nil
			}
			if err := s.pulumi(ctx, l, s.stdout, s.stderr, s.on(l, "preview", "--diff", "--non-interactive")...); err != nil {
				return err
			}
		}
		return nil
	})
}

type pulumiCommand struct {
	Stack string   `arg:"" enum:"bootstrap,data-config,compute" help:"bootstrap, data-config or compute."`
	Args  []string `arg:"" passthrough:"" help:"The command and its arguments."`
}

// Run runs a command as it is given; one that uses settings gets those of the
// stack.
func (c *pulumiCommand) Run(ctx context.Context, s *session) error {
	return s.during(ctx, func() error {
		l := layers[slices.IndexFunc(layers, func(l layer) bool { return l.name == c.Stack })]
		args := c.Args
		switch args[0] {
		case "up", "preview", "refresh", "destroy", "config", "import":
			args = s.on(l, args...)
		}
		return s.pulumi(ctx, l, s.stdout, s.stderr, args...)
	})
}

// prepare compiles the programs, makes the stacks and changes settings.
func (s *session) prepare(ctx context.Context, set []string) error {
	wanted := make([]setting, 0, len(set))
	for _, given := range set {
		found, err := s.find(given)
		if err != nil {
			return err
		}
		wanted = append(wanted, found...)
	}
	err := pulumitools.Compile(ctx, s.root, s.stdout, "./stacks/bootstrap", "./stacks/data-config", "./stacks/compute")
	if err != nil {
		return err
	}
	for _, l := range layers {
		if err := s.quietly(ctx, l, "stack", "select", stack, "--create", "--non-interactive"); err != nil {
			return err
		}
	}
	for _, w := range wanted {
		if err := s.quietly(ctx, w.layer, s.on(w.layer, "config", "set", w.key, w.value)...); err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "%s: %s is %s from now on\n", w.layer.name, w.key, w.value)
	}
	return nil
}

// setting is a value for a key of a stack.
type setting struct {
	layer      layer
	key, value string
}

// find returns the settings that KEY=VALUE stands for: one for each stack that
// declares the key.
func (s *session) find(given string) ([]setting, error) {
	key, value, isPair := strings.Cut(given, "=")
	if !isPair {
		return nil, fmt.Errorf("--set is %q; allowed is KEY=VALUE", given)
	}
	var found []setting
	for _, l := range layers {
		project, err := workspace.LoadProject(filepath.Join(s.root, filepath.FromSlash(l.folder), "Pulumi.yaml"))
		if err != nil {
			return nil, fmt.Errorf("reading the settings of %s: %w", l.name, err)
		}
		if _, declared := project.Config[key]; declared {
			found = append(found, setting{l, key, value})
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no stack has a setting %q; docs/configuration.md lists them", key)
	}
	return found, nil
}

// quietly runs a command and shows what it printed only where it fails.
func (s *session) quietly(ctx context.Context, l layer, args ...string) error {
	var output bytes.Buffer
	err := s.pulumi(ctx, l, &output, &output, args...)
	if err != nil {
		_, _ = io.Copy(s.stderr, &output)
	}
	return err
}

// apply runs an operation on a layer, and prints what it did to the account.
func (s *session) apply(ctx context.Context, l layer, args ...string) error {
	s.aws.Forget()
	started := time.Now()
	fmt.Fprintf(s.stdout, "%s: pulumi %s ... ", l.name, args[0])
	err := s.quietly(ctx, l, s.on(l, args...)...)
	if err != nil {
		fmt.Fprintln(s.stdout, "failed")
		return err
	}
	fmt.Fprintf(s.stdout, "%s, %s\n", s.done(), time.Since(started).Round(100*time.Millisecond))
	return nil
}

// done says what the last operation did to the account.
func (s *session) done() string {
	var parts []string
	for _, op := range []struct {
		op   fakecloud.Op
		word string
	}{{fakecloud.Create, "created"}, {fakecloud.Update, "updated"}, {fakecloud.Delete, "deleted"}} {
		if count := len(s.aws.Calls(op.op)); count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, op.word))
		}
	}
	if parts == nil {
		return "unchanged"
	}
	return strings.Join(parts, ", ")
}
