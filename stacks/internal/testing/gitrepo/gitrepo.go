// Package gitrepo makes small git repositories of the form of this one.
package gitrepo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Environment holds variables that keep the settings of the machine's user out of git.
var Environment = map[string]string{
	"GIT_CONFIG_GLOBAL":   os.DevNull,
	"GIT_CONFIG_SYSTEM":   os.DevNull,
	"GIT_AUTHOR_NAME":     "Test",
	"GIT_AUTHOR_EMAIL":    "test@example.com",
	"GIT_COMMITTER_NAME":  "Test",
	"GIT_COMMITTER_EMAIL": "test@example.com",
}

// Repository has two services that share a package.
type Repository struct {
	Dir     string
	commits int
}

// New makes a repository with one commit on main.
func New(tb testing.TB) *Repository {
	tb.Helper()
	r := &Repository{Dir: tb.TempDir()}
	r.Git(tb, "init", "-q", "-b", "main")
	r.Commit(tb, map[string]string{
		"services/go.mod":                        "module github.com/ingest-iac/ingest/services\n\ngo 1.26.0\n",
		"services/go.sum":                        "",
		"services/Dockerfile":                    "FROM --platform=$BUILDPLATFORM golang:1.26.0-bookworm AS build\n",
		"services/.dockerignore":                 "tests\n",
		"services/api/main.go":                   "package main\n\nimport _ \"github.com/ingest-iac/ingest/services/internal/docs\"\n\nfunc main() {}\n",
		"services/api/main_test.go":              "package main\n",
		"services/worker/main.go":                "package main\n\nimport _ \"github.com/ingest-iac/ingest/services/internal/arm\"\n\nfunc main() {}\n",
		"services/ingestctl/main.go":             "package main\n\nfunc main() {}\n",
		"services/internal/docs/docs.go":         "package docs\n\nimport _ \"embed\"\n\n//go:embed page/index.html\nvar page string\n",
		"services/internal/docs/page/index.html": "one\n",
		"services/internal/arm/arm.go":           "package arm\n",
		"services/internal/arm/arm_arm64.go":     "package arm\n\nimport _ \"github.com/ingest-iac/ingest/services/internal/only\"\n",
		"services/internal/only/only.go":         "package only\n",
		"README.md":                              "one\n",
	})
	return r
}

// Commit writes the files, removes those whose content is "-", and returns the
// hash of the commit. Each commit is a minute younger than the last.
func (r *Repository) Commit(tb testing.TB, files map[string]string) string {
	tb.Helper()
	for path, content := range files {
		full := filepath.Join(r.Dir, path)
		if content == "-" {
			require.NoError(tb, os.Remove(full))
			continue
		}
		require.NoError(tb, os.MkdirAll(filepath.Dir(full), 0o750))
		require.NoError(tb, os.WriteFile(full, []byte(content), 0o600))
	}
	r.commits++
	r.Git(tb, "add", "-A")
	r.Git(tb, "commit", "-q", "-m", fmt.Sprintf("Commit %d", r.commits))
	return r.Head(tb)
}

// Head returns the hash of the last commit.
func (r *Repository) Head(tb testing.TB) string {
	tb.Helper()
	return strings.TrimSpace(r.Git(tb, "rev-parse", "HEAD"))
}

// Git runs git in the repository, with the time of its newest commit.
func (r *Repository) Git(tb testing.TB, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "git", args...) //nolint:gosec // the arguments are the test's
	cmd.Dir = r.Dir
	cmd.Env = os.Environ()
	for key, value := range Environment {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	date := fmt.Sprintf("2026-01-02T03:%02d:00+02:00", r.commits)
	cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	output, err := cmd.CombinedOutput()
	require.NoError(tb, err, "git %v: %s", args, output)
	return string(output)
}

// Tag returns the tag that CI gives to a commit's images.
func Tag(commit string) string { return "sha-" + commit[:7] }
