package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// deployCommand deploys compute with the images chosen, and waits while another
// update holds its state. Pulumi's locks never expire, so the error for a lock that
// stays says how to remove it. With Ask or Preview pulumi has the terminal to itself,
// and a locked state is not waited for.
type deployCommand struct {
	target
	Ask            bool          `xor:"mode" help:"Let pulumi ask on the terminal before it deploys."`
	Preview        bool          `xor:"mode" help:"Show what would change, and deploy nothing."`
	APIImageTag    string        `name:"api-image-tag" from:"API_IMAGE_TAG" help:"Tag of the api's image; the image deployed last by default."`
	WorkerImageTag string        `from:"WORKER_IMAGE_TAG" help:"Tag of the worker's image; the image deployed last by default."`
	Message        string        `from:"MESSAGE" help:"Message of the update in the stack's history."`
	LockPatience   time.Duration `default:"5m" from:"LOCK_PATIENCE" help:"How long to wait for a locked state."`
	LockInterval   time.Duration `default:"20s" from:"LOCK_INTERVAL" help:"How long to wait between two attempts."`
	Flags          []string      `arg:"" optional:"" help:"Flags of pulumi up or preview, after --."`
}

func (c deployCommand) Run(ctx context.Context, a *app) (err error) {
	args, run := []string{"up", "--stack", c.name()}, a.pulumi.RunInteractive
	switch {
	case c.Preview:
		args[0] = "preview"
	case !c.Ask:
		args, run = append(args, "--yes"), a.pulumi.Run
	}
	if c.Message != "" {
		args = append(args, "--message="+c.Message)
	}
	if images := c.images(); len(images) > 0 {
		settings, remove, err := copySettings(filepath.Join(a.root, "Pulumi."+c.name()+".yaml"))
		if err != nil {
			return err
		}
		defer remove()
		args = append(append(args, "--config-file", settings), images...)
	}
	args = append(args, c.Flags...)
	for waited := time.Duration(0); ; waited += c.LockInterval {
		err := run(ctx, project(computeLayer), args...)
		if err == nil {
			return nil
		}
		var failed *pulumi.Error
		if !errors.As(err, &failed) {
			return err
		}
		holders, locked := failed.Locked()
		switch {
		case !locked:
			return fmt.Errorf("deploying compute to %s: %w; its output above gives the reason", c.name(), err)
		case waited >= c.LockPatience:
			return fmt.Errorf(`the state of compute in %s is still locked after %s:
%s
If no update is running there (look at the other runs of this workflow, and ask who is named), the lock is stale. Remove it, then run this again:
  pulumi cancel --yes --stack %s
in the root of the repository, with PULUMI_BACKEND_URL set`, c.name(), waited, strings.Join(holders, "\n"), c.name())
		}
		fmt.Fprintf(a.stdout, "the state is locked; trying again in %s (%s of %s have passed)\n", c.LockInterval, waited, c.LockPatience)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(c.LockInterval):
		}
	}
}

// images are the flags that name the images.
func (c deployCommand) images() []string {
	var flags []string
	if c.APIImageTag != "" {
		flags = append(flags, "--config=ingest-compute:apiImageTag="+c.APIImageTag)
	}
	if c.WorkerImageTag != "" {
		flags = append(flags, "--config=ingest-compute:workerImageTag="+c.WorkerImageTag)
	}
	return flags
}

// copySettings copies a stack's settings, since pulumi writes what it is given with
// --config into the file itself. Pulumi tells a file's format by its name.
func copySettings(file string) (name string, remove func(), err error) {
	content, err := os.ReadFile(file) //nolint:gosec // a file of the workspace
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	folder, err := os.MkdirTemp("", "deliver-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	name = filepath.Join(folder, filepath.Base(file))
	if err := os.WriteFile(name, content, 0o600); err != nil { //nolint:gosec // a file in the new folder
		remove()
		return "", nil, err
	}
	return name, remove, nil
}
