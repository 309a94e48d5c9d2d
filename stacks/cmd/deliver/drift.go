package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What drift writes as the status of a stack.
const (
	statusClean  = "clean"
	statusDrift  = "drift"
	statusFailed = "failed"
)

// driftCommand compares one stack with what is deployed, and writes what it found:
// <stack>.status is then clean, drift or failed, and <stack>.md the findings with the
// output of pulumi. A preview writes no state and takes no lock. Drift is a finding,
// not a failure: the exit status is 0.
type driftCommand struct {
	Stack  string `arg:"" enum:"bootstrap,data-config,compute" help:"The stack: bootstrap, data-config or compute."`
	Folder string `arg:"" help:"Where the findings are written."`
}

func (c driftCommand) Run(ctx context.Context, a *app) error {
	// Without it pulumi has no flag --event-log; the Automation API sets it as well.
	if err := os.Setenv("PULUMI_DEBUG_COMMANDS", "true"); err != nil {
		return err
	}
	account, err := newAccount(ctx)
	if err != nil {
		return err
	}
	return c.compare(ctx, a, a.runPulumi, account)
}

func (c driftCommand) compare(ctx context.Context, a *app, run pulumiRun, account account) error {
	if err := a.env.need("ENV"); err != nil {
		return err
	}
	var output bytes.Buffer
	changes, findings, err := c.find(ctx, a.env["ENV"], &output, run, account)
	status, verdict := statusClean, "as deployed"
	switch {
	case err != nil:
		status, verdict = statusFailed, "the comparison failed"
		err = fmt.Errorf("comparing %s in %s: %w", c.Stack, a.env["ENV"], err)
	case changes || len(findings) > 0:
		status, verdict = statusDrift, "differs from what is deployed"
	}
	var listed string
	if len(findings) > 0 {
		listed = "What the program does not know:\n\n- " + strings.Join(findings, "\n- ") + "\n\n"
	}
	return errors.Join(err,
		writeReport(c.Folder, c.Stack+".status", status+"\n"),
		writeReport(c.Folder, c.Stack+".md", section(c.Stack, a.env["ENV"], verdict, listed, output.String())),
		a.note(fmt.Sprintf("`%s`: %s", c.Stack, verdict)))
}

// find reports whether an update would change something, and returns what is deployed
// and not known to the program.
func (c driftCommand) find(ctx context.Context, env string, output *bytes.Buffer, run pulumiRun, account account) (changes bool, findings []string, err error) {
	folder, err := os.MkdirTemp("", "drift-*")
	if err != nil {
		return false, nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	log := filepath.Join(folder, "events.ndjson")
	err = run(ctx, c.Stack, output, "preview", "--stack", env, "--refresh", "--expect-no-changes", "--diff", "--suppress-progress", "--event-log", log)
	if err != nil {
		if !strings.Contains(output.String(), "no changes were expected") {
			return false, nil, err
		}
		changes = true
	}
	compared, err := readComparison(log)
	if err != nil {
		return changes, nil, err
	}
	foreign, err := account.foreign(ctx, compared.deployed)
	return changes, append(compared.additions(), foreign...), err
}
