package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// prints is a pulumi that prints something and fails with err.
func prints(text string, err error) (pulumiRun, *[]string) {
	var calls []string
	return func(_ context.Context, layer string, output io.Writer, args ...string) error {
		calls = append(calls, layer+": "+strings.Join(args, " "))
		fmt.Fprint(output, text)
		return err
	}, &calls
}

func previewed(t *testing.T, layer, text string, failure error) (part string, r result) {
	t.Helper()
	folder := t.TempDir()
	run, calls := prints(text, failure)
	r = in(t, t.TempDir(), map[string]string{"ENV": "prod"}, func(a *app) error {
		return previewCommand{Stack: layer, Folder: folder}.preview(t.Context(), a, run)
	})
	assert.Equal(t, []string{layer + ": preview --stack prod --diff --suppress-progress"}, *calls)
	return readFile(t, filepath.Join(folder, layer+".md")), r
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

func TestPreview_writesThePartOfTheComment(t *testing.T) {
	part, r := previewed(t, "compute", "\x1b[32m+ aws:ecs/service:Service\x1b[0m (create)\n```", nil)
	require.NoError(t, r.err)
	assert.Contains(t, part, "#### `compute`: previewed\n\nApplied by the workflow `cd`")
	assert.Contains(t, part, "~~~~~~~~~~diff\n+ aws:ecs/service:Service (create)\n```\n~~~~~~~~~~\n", "no colours, and a fence that the diff does not end")

	part, r = previewed(t, "data-config", "", nil)
	require.NoError(t, r.err)
	assert.Contains(t, part, "an administrator applies it with `make up STACK=data-config ENV=prod`")
}

func TestPreview_failure_isInTheComment(t *testing.T) {
	part, r := previewed(t, "compute", "error: no stack named 'prod' found\n", errors.New("status 2"))
	require.EqualError(t, r.err, "previewing compute in prod: status 2")
	assert.Contains(t, part, "#### `compute`: the preview failed")
	assert.Contains(t, part, "error: no stack named 'prod' found")
}

func TestPreview_longOutput_isCutToWhatACommentHolds(t *testing.T) {
	part, r := previewed(t, "compute", strings.Repeat("+ liné\n", 10_000), nil)
	require.NoError(t, r.err)
	assert.Less(t, 3*len([]rune(part)), 65_536)
	assert.Contains(t, part, "… cut here; the job's log has all 70000 characters")
}

// fakeGitHub answers GitHub's API, and notes what changes something.
type fakeGitHub struct {
	answers map[string]string // by method and path
	changes []string
	bodies  []map[string]any
}

func (f *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	if page := r.URL.Query().Get("page"); page != "" {
		call += " " + page
	}
	if r.Method != http.MethodGet {
		var sent map[string]any
		_ = json.NewDecoder(r.Body).Decode(&sent)
		f.changes, f.bodies = append(f.changes, call), append(f.bodies, sent)
		_, _ = io.WriteString(w, "{}")
		return
	}
	answer, found := f.answers[call]
	if !found {
		w.WriteHeader(http.StatusNotFound)
	}
	if next := call + " 2"; f.answers[next] != "" {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
	}
	_, _ = io.WriteString(w, answer)
}

func (f *fakeGitHub) env(t *testing.T) map[string]string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return map[string]string{
		"ENV": "prod", "REPOSITORY": "acme/ingest", "PULL_REQUEST": "7", "GH_TOKEN": "token", "GITHUB_API_URL": server.URL,
		"HEAD_SHA": "0123456789abcdef", "RUN_URL": "https://github.com/acme/ingest/actions/runs/1",
	}
}

const commentsPath = "GET /repos/acme/ingest/issues/7/comments"

func commented(t *testing.T, repo *gitrepo.Repository, hub *fakeGitHub) result {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, folder, "compute.md", "#### `compute`: previewed\n\"quoted\" $(not run)\n")
	return in(t, repo.Dir, hub.env(t), func(a *app) error { return previewCommentCommand{folder}.Run(t.Context(), a) })
}

func TestPreviewComment_isOneThatIsUpdated(t *testing.T) {
	repo := gitrepo.New(t)
	hub := &fakeGitHub{answers: map[string]string{commentsPath: `[]`}}
	require.NoError(t, commented(t, repo, hub).err)
	require.Equal(t, []string{"POST /repos/acme/ingest/issues/7/comments"}, hub.changes)
	text, _ := hub.bodies[0]["body"].(string)
	assert.True(t, strings.HasPrefix(text, "<!-- ingest preview of prod -->\n### `pulumi preview` of prod at 0123456\n"), text)
	assert.Contains(t, text, "\"quoted\" $(not run)\n")
	assert.Contains(t, text, "#### `data-config`: no preview arrived")
	assert.NotContains(t, text, "bootstrap")

	encoded := func(comments ...map[string]any) string {
		content, err := json.Marshal(comments)
		require.NoError(t, err)
		return string(content)
	}
	hub = &fakeGitHub{answers: map[string]string{
		commentsPath:        encoded(map[string]any{"id": 1, "user": map[string]any{"login": "mallory"}, "body": text}),
		commentsPath + " 2": encoded(map[string]any{"id": 2, "user": map[string]any{"login": bot}, "body": "other"}, map[string]any{"id": 3, "user": map[string]any{"login": bot}, "body": text}),
	}}
	require.NoError(t, commented(t, repo, hub).err)
	assert.Equal(t, []string{"PATCH /repos/acme/ingest/issues/comments/3"}, hub.changes)

	require.ErrorContains(t, commented(t, repo, &fakeGitHub{}).err, "listing the comments")
}

func TestPreviewComment_namesAChangeOfBootstrap(t *testing.T) {
	repo := gitrepo.New(t)
	repo.Git(t, "checkout", "-q", "-b", "topic")
	repo.Commit(t, map[string]string{"components/bootstrap/roles.go": "package bootstrap\n"})
	repo.Git(t, "checkout", "-q", "main")
	repo.Commit(t, map[string]string{"README.md": "two\n"})
	repo.Git(t, "merge", "-q", "--no-ff", "-m", "Merge", "topic")

	hub := &fakeGitHub{answers: map[string]string{commentsPath: `[]`}}
	require.NoError(t, commented(t, repo, hub).err)
	assert.Contains(t, hub.bodies[0]["body"], "This changes `bootstrap`, which only an administrator previews and applies")
}

func TestDriftIssue(t *testing.T) {
	clean := map[string]string{"bootstrap": "clean", "data-config": "clean", "compute": "clean"}
	drifted := map[string]string{"bootstrap": "clean", "data-config": "drift", "compute": "clean"}
	partly := map[string]string{"bootstrap": "clean", "data-config": "drift", "compute": "failed"}
	unknown := map[string]string{"bootstrap": "clean", "data-config": "clean"}
	const issues = "/repos/acme/ingest/issues"
	mine := `[{"number": 4, "title": "Infrastructure drift in prod", "user": {"login": "mallory"}},
		{"number": 6, "title": "Infrastructure drift in test", "user": {"login": "` + bot + `"}},
		{"number": 5, "title": "Infrastructure drift in prod", "user": {"login": "` + bot + `"}}]`
	for name, c := range map[string]struct {
		states  map[string]string
		open    string
		label   string
		changes []string
		says    string
	}{
		"opened": {
			drifted, `[]`, "", []string{"POST /repos/acme/ingest/labels", "POST " + issues}, "Opened an issue: drift in data-config.",
		},
		"opened again":                         {drifted, `[]`, `{"name": "drift"}`, []string{"POST " + issues}, "Opened an issue"},
		"updated":                              {drifted, mine, "", []string{"PATCH " + issues + "/5"}, "Updated issue #5: drift in data-config."},
		"closed":                               {clean, mine, "", []string{"POST " + issues + "/5/comments", "PATCH " + issues + "/5"}, "Closed issue #5"},
		"nothing":                              {clean, `[]`, "", nil, "No drift."},
		"drift next to a failure":              {partly, mine, "", []string{"PATCH " + issues + "/5"}, "Updated issue #5"},
		"a stack not compared keeps the issue": {unknown, mine, "", nil, "not every stack was compared: compute."},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for layer, state := range c.states {
				writeFile(t, folder, layer+".status", state+"\n")
				writeFile(t, folder, layer+".md", "part of "+layer+"\n")
			}
			hub := &fakeGitHub{answers: map[string]string{"GET " + issues: c.open}}
			if c.label != "" {
				hub.answers["GET /repos/acme/ingest/labels/drift"] = c.label
			}
			r := in(t, t.TempDir(), hub.env(t), func(a *app) error { return driftIssueCommand{folder}.Run(t.Context(), a) })
			require.NoError(t, r.err)
			assert.Equal(t, c.changes, hub.changes)
			assert.Contains(t, r.summary, c.says)
			if c.states["data-config"] != "drift" {
				return
			}
			text, _ := hub.bodies[len(hub.bodies)-1]["body"].(string)
			assert.Contains(t, text, "differs from the program and the state in: data-config.")
			assert.Contains(t, text, "part of data-config\n")
			assert.NotContains(t, text, "part of bootstrap")
			if c.states["compute"] == "failed" {
				assert.Contains(t, text, "Not compared, since it failed: compute")
			}
		})
	}
}

func TestSummary_hasTheOutputs(t *testing.T) {
	r := in(t, t.TempDir(), map[string]string{"ENV": "prod"}, func(a *app) error {
		return a.writeOutputs(map[string]any{"url": "http://a|b", "ports": []any{80.0}})
	})
	require.NoError(t, r.err)
	assert.Contains(t, r.summary, "| output of compute in prod | value |\n|---|---|\n| `ports` | [80] |\n| `url` | http://a\\|b |\n")
}
