package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"go.yaml.in/yaml/v3"
)

// stack is the name of the three stacks.
const stack = "local"

// passphrase is the one that the encryptionsalt of each Pulumi.local.yaml is made
// from.
const passphrase = "local"

// layer is one of the three stacks.
type layer struct {
	name string
	// folder is that of its Pulumi.yaml, relative to the workspace.
	folder string
}

var (
	bootstrap  = layer{"bootstrap", "stacks/bootstrap"}
	dataConfig = layer{"data-config", "stacks/data-config"}
	compute    = layer{"compute", "."}
	// layers are in the order in which they are applied.
	layers = []layer{bootstrap, dataConfig, compute}
)

// session is one run of the program: pulumi, and the account that its providers
// work on.
type session struct {
	// root is the workspace, folder is where this program keeps its files.
	root, folder   string
	stdin          io.Reader
	stdout, stderr io.Writer

	tools string
	aws   *fakecloud.Cloud
	env   []string
}

// during finds pulumi, opens the account, and serves it while work runs.
func (s *session) during(ctx context.Context, work func() error) (err error) {
	if s.tools, err = pulumitools.Find(ctx, s.root, s.stdout); err != nil {
		return err
	}
	for _, name := range []string{"state", "home"} {
		if err := os.MkdirAll(filepath.Join(s.folder, name), 0o700); err != nil {
			return fmt.Errorf("making the folder of the local stacks: %w", err)
		}
	}
	unlock, err := pulumitools.TryLock(filepath.Join(s.folder, "lock"))
	if errors.Is(err, pulumitools.ErrLocked) {
		return fmt.Errorf("another localaws works on %s; wait until it ends", s.folder)
	}
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.settings(); err != nil {
		return err
	}
	if s.aws, err = fakecloud.Open(filepath.Join(s.folder, "account.json")); err != nil {
		return err
	}
	server, err := s.aws.Serve()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	s.env = append(pulumitools.Environment(s.tools, filepath.Join(s.folder, "home"), filepath.Join(s.folder, "state"), passphrase), server.Env()...)
	return work()
}

// forEmulator are settings of Pulumi.local.yaml that this account has no use for:
// it takes no endpoints, and its tasks become steady at once.
var forEmulator = []string{"aws:endpoints", "ingest-compute:apiDesiredCount", "ingest-compute:workerDesiredCount"}

// settings makes the settings of each stack from its Pulumi.local.yaml, as a file of
// their own, so that a change leaves the workspace as it is.
func (s *session) settings() error {
	for _, l := range layers {
		if _, err := os.Stat(s.config(l)); err == nil {
			continue
		}
		content, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(l.folder), "Pulumi."+stack+".yaml"))
		if err != nil {
			return fmt.Errorf("reading the settings of %s: %w", l.name, err)
		}
		file := struct {
			Config map[string]any `yaml:"config"`
			Salt   string         `yaml:"encryptionsalt"`
		}{}
		if err := yaml.Unmarshal(content, &file); err != nil {
			return fmt.Errorf("reading the settings of %s: %w", l.name, err)
		}
		for _, key := range forEmulator {
			delete(file.Config, key)
		}
		if content, err = yaml.Marshal(file); err != nil {
			return fmt.Errorf("writing the settings of %s: %w", l.name, err)
		}
		if err := os.WriteFile(s.config(l), content, 0o600); err != nil {
			return fmt.Errorf("writing the settings of %s: %w", l.name, err)
		}
	}
	return nil
}

// config is the file with the settings of a stack.
func (s *session) config(l layer) string { return filepath.Join(s.folder, l.name+".yaml") }

// pulumi runs a command on a layer. An interrupt goes from the terminal to pulumi
// itself, which then stops in order; pulumi always waits for its end.
func (s *session) pulumi(ctx context.Context, l layer, stdout, stderr io.Writer, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.tools, "pulumi"), args...) //nolint:gosec // the arguments are a list, not a shell's line
	command.Dir = filepath.Join(s.root, filepath.FromSlash(l.folder))
	command.Env, command.Stdin, command.Stdout, command.Stderr = s.env, s.stdin, stdout, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("pulumi %s on %s: %w", args[0], l.name, err)
	}
	return nil
}

// on adds what names the stack and its settings to a command.
func (s *session) on(l layer, args ...string) []string {
	return append(args, "--stack", stack, "--config-file", s.config(l))
}
