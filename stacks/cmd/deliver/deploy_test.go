package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errLocked = &pulumi.Error{Args: []string{"up"}, Status: 255, Output: `error: the stack is currently locked by 1 lock(s).
  s3://state/.pulumi/locks/0a1b.json: created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z
`}

func deployOf() deployCommand {
	return deployCommand{target: target{"prod"}, LockPatience: 5 * time.Minute, LockInterval: 20 * time.Second}
}

// upsThatEnd answers the updates in turn, the last one from then on.
func upsThatEnd(answers ...error) *fakePulumi {
	calls := 0
	return &fakePulumi{run: func(pulumi.Project, []string) error {
		calls++
		return answers[min(calls, len(answers))-1]
	}}
}

func TestDeploy_withoutTags_isPulumiUp(t *testing.T) {
	a, _ := newApp(t, nil)
	f := upsThatEnd(nil)
	a.pulumi = f
	require.NoError(t, deployOf().Run(t.Context(), a))
	assert.Equal(t, []string{". : up --stack prod --yes"}, f.calls)
}

func TestDeploy_tagsAndMessage_leaveTheSettingsAlone(t *testing.T) {
	a, _ := newApp(t, nil)
	settings := filepath.Join(a.root, "Pulumi.prod.yaml")
	writeFile(t, a.root, "Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n")
	var copied string
	a.pulumi = &fakePulumi{run: func(_ pulumi.Project, args []string) error {
		assert.Equal(t, []string{"up", "--stack", "prod", "--yes", "--message=cd, after ci: 0123", "--config-file"}, args[:6])
		assert.Equal(t, []string{"--config=ingest-compute:apiImageTag=sha-a", "--config=ingest-compute:workerImageTag=sha-b"}, args[7:])
		copied = args[6]
		assert.NotEqual(t, settings, copied)
		assert.Equal(t, "Pulumi.prod.yaml", filepath.Base(copied))
		content, err := os.ReadFile(copied)
		require.NoError(t, err)
		assert.Equal(t, "config:\n  aws:region: us-east-1\n", string(content))
		return nil
	}}
	command := deployOf()
	command.Message, command.APIImageTag, command.WorkerImageTag = "cd, after ci: 0123", "sha-a", "sha-b"
	require.NoError(t, command.Run(t.Context(), a))
	require.NotEmpty(t, copied)
	assert.NoDirExists(t, filepath.Dir(copied))
}

func TestDeploy_lockedState_isTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, out := newApp(t, nil)
		f := upsThatEnd(errLocked, errLocked, nil)
		a.pulumi = f
		started := time.Now()
		require.NoError(t, deployOf().Run(t.Context(), a))
		assert.Equal(t, 40*time.Second, time.Since(started))
		assert.Len(t, f.calls, 3)
		assert.Contains(t, out.String(), "the state is locked; trying again in 20s (20s of 5m0s have passed)\n")
	})
}

func TestDeploy_lockThatStays_isExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newApp(t, nil)
		f := upsThatEnd(errLocked)
		a.pulumi = f
		err := deployOf().Run(t.Context(), a)
		require.Error(t, err)
		assert.Len(t, f.calls, 16, "every 20 s for 5 minutes")
		assert.True(t, strings.HasPrefix(err.Error(), `the state of compute in prod is still locked after 5m0s:
s3://state/.pulumi/locks/0a1b.json: created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z
If no update is running there`), err)
		assert.Contains(t, err.Error(), "\n  pulumi cancel --yes --stack prod\n")
	})
}

func TestDeploy_interrupted_stopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newApp(t, nil)
		f := upsThatEnd(errLocked)
		a.pulumi = f
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		require.ErrorIs(t, deployOf().Run(ctx, a), context.DeadlineExceeded)
		assert.Len(t, f.calls, 2)
	})
}

func TestDeploy_anotherFailure_isNotTriedAgain(t *testing.T) {
	a, _ := newApp(t, nil)
	f := upsThatEnd(&pulumi.Error{Args: []string{"up"}, Status: 255, Output: "error: update failed\n"})
	a.pulumi = f
	require.EqualError(t, deployOf().Run(t.Context(), a), "deploying compute to prod: pulumi up failed with status 255; its output above gives the reason")
	assert.Len(t, f.calls, 1)
}

func TestDeploy_ask_leavesTheTerminalToPulumi(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*deployCommand)
		want   string
	}{
		"ask":     {func(c *deployCommand) { c.Ask = true }, ". : up --stack prod --refresh --diff (interactive)"},
		"preview": {func(c *deployCommand) { c.Preview = true }, ". : preview --stack prod --refresh --diff (interactive)"},
		"neither": {func(*deployCommand) {}, ". : up --stack prod --yes --refresh --diff"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newApp(t, nil)
			f := upsThatEnd(nil)
			a.pulumi = f
			command := deployOf()
			command.Flags = []string{"--refresh", "--diff"}
			c.change(&command)
			require.NoError(t, command.Run(t.Context(), a))
			assert.Equal(t, []string{c.want}, f.calls)
		})
	}
}
