package delivery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPreviewWritesTheStacksPartOfTheComment(t *testing.T) {
	dir := t.TempDir()
	r := script{
		Env: map[string]string{"ENV": "prod"},
		Replies: []reply{{
			Call:   `^make preview STACK=compute ENV=prod PULUMI_FLAGS=--diff --suppress-progress$`,
			Stdout: "\x1b[32m+ aws:ecs/service:Service\x1b[0m (create)\n```\n",
		}},
	}.run(t, "preview.sh", "compute", dir)
	require.Zero(t, r.Status, r.Output)
	section := readIfThere(t, filepath.Join(dir, "compute.md"))
	assert.Contains(t, section, "#### `compute`: previewed\n\nApplied by the workflow `cd`")
	assert.Contains(t, section, "~~~~~~~~~~diff\n+ aws:ecs/service:Service (create)\n```\n~~~~~~~~~~\n", "no colours, and a fence that the diff does not end")
}

func TestPreviewSaysWhoAppliesDataConfig(t *testing.T) {
	dir := t.TempDir()
	r := script{Env: map[string]string{"ENV": "prod"}, Replies: []reply{{Call: `^make preview STACK=data-config `}}}.run(t, "preview.sh", "data-config", dir)
	require.Zero(t, r.Status, r.Output)
	assert.Contains(t, readIfThere(t, filepath.Join(dir, "data-config.md")),
		"an administrator applies it with `make up STACK=data-config ENV=prod`")
}

func TestAFailedPreviewFailsTheJobAndIsInTheComment(t *testing.T) {
	dir := t.TempDir()
	r := script{
		Env:     map[string]string{"ENV": "prod"},
		Replies: []reply{{Call: `^make preview`, Stderr: "error: no stack named 'prod' found\n", Exit: 2}},
	}.run(t, "preview.sh", "compute", dir)
	assert.Equal(t, 1, r.Status)
	section := readIfThere(t, filepath.Join(dir, "compute.md"))
	assert.Contains(t, section, "#### `compute`: the preview failed")
	assert.Contains(t, section, "error: no stack named 'prod' found")
}

func TestALongPreviewIsCutToWhatACommentHolds(t *testing.T) {
	dir := t.TempDir()
	r := script{
		Env:     map[string]string{"ENV": "prod"},
		Replies: []reply{{Call: `^make preview`, Stdout: strings.Repeat("+ line\n", 10_000)}},
	}.run(t, "preview.sh", "compute", dir)
	require.Zero(t, r.Status)
	section := readIfThere(t, filepath.Join(dir, "compute.md"))
	assert.Less(t, 3*len(section), 65_536)
	assert.Contains(t, section, "… cut here; the job's log has all 69999 characters")
}

// commented runs preview-comment.sh over one stack's part in a repository.
func commented(t *testing.T, repo *repository, comments string) result {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "preview")
	writeFile(t, dir, "compute.md", "#### `compute`: previewed\n\"quoted\" $(not run)\n")
	return script{
		Dir: repo.dir,
		Env: map[string]string{
			"ENV": "prod", "REPOSITORY": "acme/ingest", "PULL_REQUEST": "7",
			"HEAD_SHA": "0123456789abcdef", "RUN_URL": "https://github.com/acme/ingest/actions/runs/1",
		},
		Replies: []reply{
			{Call: `^gh api --paginate repos/acme/ingest/issues/7/comments$`, Stdout: comments},
			{Call: `^gh api --method (POST|PATCH) `},
		},
	}.run(t, "preview-comment.sh", dir)
}

// body returns the text that a call of gh sent.
func body(t *testing.T, c call) string {
	t.Helper()
	var sent struct {
		Body string `json:"body"`
	}
	require.NoError(t, json.Unmarshal([]byte(c.Stdin), &sent))
	return sent.Body
}

func TestThePreviewIsOneCommentThatIsUpdated(t *testing.T) {
	repo := newRepository(t)
	r := commented(t, repo, `[]`)
	require.Zero(t, r.Status, r.Output)
	require.Len(t, r.Calls, 2)
	assert.Equal(t, "gh api --method POST repos/acme/ingest/issues/7/comments --input -", r.Calls[1].Line)
	text := body(t, r.Calls[1])
	assert.True(t, strings.HasPrefix(text, "<!-- ingest preview of prod -->\n### `pulumi preview` of prod at 0123456\n"), text)
	assert.Contains(t, text, "\"quoted\" $(not run)\n")
	assert.Contains(t, text, "#### `data-config`: no preview arrived")
	assert.NotContains(t, text, "bootstrap")

	comments, err := json.Marshal([]map[string]any{
		{"id": 1, "user": map[string]string{"login": "mallory"}, "body": text},
		{"id": 2, "user": map[string]string{"login": "github-actions[bot]"}, "body": "something else"},
		{"id": 3, "user": map[string]string{"login": "github-actions[bot]"}, "body": text},
	})
	require.NoError(t, err)
	r = commented(t, repo, string(comments))
	require.Zero(t, r.Status, r.Output)
	assert.Equal(t, "gh api --method PATCH repos/acme/ingest/issues/comments/3 --input -", r.Calls[1].Line)
}

func TestTheCommentNamesAChangeOfBootstrap(t *testing.T) {
	repo := newRepository(t)
	repo.git(t, "checkout", "-q", "-b", "topic")
	repo.commit(t, map[string]string{"components/bootstrap/roles.go": "package bootstrap\n"})
	repo.git(t, "checkout", "-q", "main")
	repo.commit(t, map[string]string{"README.md": "two\n"})
	repo.git(t, "merge", "-q", "--no-ff", "-m", "Merge", "topic")

	r := commented(t, repo, `[]`)
	require.Zero(t, r.Status, r.Output)
	assert.Contains(t, body(t, r.Calls[1]), "This changes `bootstrap`, which is previewed and applied by an administrator alone")
}

func TestSummaryHasOutputsAndTimings(t *testing.T) {
	timings := filepath.Join(t.TempDir(), "timings.tsv")
	env := map[string]string{"TIMINGS": timings, "ENV": "prod"}
	for status, name := range []string{"deploy", "smoke"} {
		r := script{Env: env}.run(t, "timed.sh", name, "sh", "-c", "exit "+string(rune('0'+status)))
		assert.Equal(t, status, r.Status, "a timed command keeps its exit status")
	}
	assert.Regexp(t, `^deploy\t\d+\t0\nsmoke\t\d+\t1\n$`, readIfThere(t, timings))

	require.NoError(t, os.WriteFile(timings, []byte("deploy\t61\t0\nsmoke\t2\t1\n"), 0o600))
	r := script{Env: env, Replies: []reply{deployedOutputs(t)}}.run(t, "summary.sh")
	require.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Summary, "| deploy | 61 | done |\n| smoke | 2 | failed (1) |\n")
	assert.Contains(t, r.Summary, "| `url` | http://ingest-prod.example.com |\n")
}
