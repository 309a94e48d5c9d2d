package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
)

// pulumiRun runs a command of pulumi in the project of a layer, and writes what it
// prints to output as well.
type pulumiRun func(ctx context.Context, layer string, output io.Writer, args ...string) error

func (a *app) runPulumi(ctx context.Context, layer string, output io.Writer, args ...string) error {
	return a.cli(io.MultiWriter(a.stdout, output), io.MultiWriter(a.stderr, output)).Run(ctx, project(layer), args...)
}

// cli returns pulumi, with its output on two writers.
func (a *app) cli(stdout, stderr io.Writer) *pulumi.CLI {
	return &pulumi.CLI{Root: a.root, Stdin: a.stdin, Stdout: stdout, Stderr: stderr}
}

// previewCommand previews one stack for a pull request and writes its part of the
// comment. Without image tags compute keeps its images, so the diff shows only what
// the pull request changes.
type previewCommand struct {
	Stack  string `arg:"" enum:"data-config,compute" help:"The stack: data-config or compute."`
	Folder string `arg:"" help:"Where the part is written, as <stack>.md."`
}

func (c previewCommand) Run(ctx context.Context, a *app) error {
	return c.preview(ctx, a, a.runPulumi)
}

func (c previewCommand) preview(ctx context.Context, a *app, run pulumiRun) error {
	if err := a.env.need("ENV"); err != nil {
		return err
	}
	var output bytes.Buffer
	failed := run(ctx, c.Stack, &output, "preview", "--stack", a.env["ENV"], "--diff", "--suppress-progress")
	verdict := "previewed"
	if failed != nil {
		verdict = "the preview failed"
		failed = fmt.Errorf("previewing %s in %s: %w", c.Stack, a.env["ENV"], failed)
	}
	return errors.Join(failed, writeReport(c.Folder, c.Stack+".md", section(c.Stack, a.env["ENV"], verdict, "", output.String())))
}
