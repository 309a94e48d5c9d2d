package delivery

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDriftIsToldFromFailure(t *testing.T) {
	for name, c := range map[string]struct {
		reply  reply
		status string
		exit   int
	}{
		"as deployed": {reply{Stdout: "Resources:\n    12 unchanged\n"}, "clean", 0},
		"drifted": {
			reply{Stdout: "~ aws:sqs/queue:Queue: (update)\n", Stderr: "error: no changes were expected but changes were proposed\n", Exit: 2}, "drift", 0,
		},
		"failed": {reply{Stderr: "error: AccessDenied\n", Exit: 2}, "failed", 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.reply.Call = `^make preview STACK=data-config ENV=prod PULUMI_FLAGS=--refresh --expect-no-changes `
			r := script{Env: map[string]string{"ENV": "prod"}, Replies: []reply{c.reply}}.run(t, "drift.sh", "data-config", dir)
			assert.Equal(t, c.exit, r.Status, r.Output)
			assert.Equal(t, c.status+"\n", readIfThere(t, filepath.Join(dir, "data-config.status")))
			assert.Contains(t, readIfThere(t, filepath.Join(dir, "data-config.md")), "#### `data-config`: ")
		})
	}
}

// reported runs drift-issue.sh over the stacks' states, with the issues that are
// open.
func reported(t *testing.T, states map[string]string, issues string) result {
	t.Helper()
	dir := t.TempDir()
	for stack, state := range states {
		require.NoError(t, os.WriteFile(filepath.Join(dir, stack+".status"), []byte(state+"\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, stack+".md"), []byte("part of "+stack+"\n"), 0o600))
	}
	return script{
		Env: map[string]string{"ENV": "prod", "REPOSITORY": "acme/ingest", "RUN_URL": "https://github.com/acme/ingest/actions/runs/1"},
		Replies: []reply{
			{Call: `^gh issue list --repo acme/ingest --state open --label drift --app github-actions `, Stdout: issues},
			{Call: `^gh (issue (create|edit|close)|label create) `},
		},
	}.run(t, "drift-issue.sh", dir)
}

func TestOneIssueFollowsTheDrift(t *testing.T) {
	clean := map[string]string{"bootstrap": "clean", "data-config": "clean", "compute": "clean"}
	drifted := map[string]string{"bootstrap": "clean", "data-config": "drift", "compute": "clean"}
	partly := map[string]string{"bootstrap": "clean", "data-config": "drift", "compute": "failed"}
	unknown := map[string]string{"bootstrap": "clean", "data-config": "clean"}
	none := `[]`
	open := `[{"number": 3, "title": "Infrastructure drift in staging"}, {"number": 5, "title": "Infrastructure drift in prod"}]`

	for name, c := range map[string]struct {
		states map[string]string
		issues string
		calls  []string
		says   string
	}{
		"opened":                 {drifted, none, []string{"gh label create drift", "gh issue create --repo acme/ingest --title Infrastructure drift in prod --label drift"}, "Opened an issue: drift in data-config."},
		"updated":                {drifted, open, []string{"gh issue edit 5 --repo acme/ingest"}, "Updated issue #5"},
		"closed":                 {clean, open, []string{"gh issue close 5 --repo acme/ingest"}, "Closed issue #5"},
		"nothing":                {clean, none, nil, "No drift."},
		"drift beside a failure": {partly, open, []string{"gh issue edit 5"}, "Updated issue #5"},
		"a stack that was not compared closes none": {unknown, open, nil, "not every stack was compared: compute."},
	} {
		t.Run(name, func(t *testing.T) {
			r := reported(t, c.states, c.issues)
			require.Zero(t, r.Status, r.Output)
			require.Len(t, r.Calls, 1+len(c.calls), "%v", r.Calls)
			for i, prefix := range c.calls {
				assert.Contains(t, r.Calls[1+i].Line, prefix)
			}
			assert.Contains(t, r.Summary, c.says)
			if c.states["data-config"] != "drift" {
				return
			}
			text := r.Calls[len(r.Calls)-1].Stdin
			assert.Contains(t, text, "differs from the program and the state in: data-config.")
			assert.Contains(t, text, "part of data-config\n")
			assert.NotContains(t, text, "part of bootstrap")
			if c.states["compute"] == "failed" {
				assert.Contains(t, text, "Not compared, since it failed: compute")
			}
		})
	}
}
