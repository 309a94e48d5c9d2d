package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// gitEnvironment keeps git apart from whatever the machine's owner configured.
var gitEnvironment = map[string]string{
	"GIT_CONFIG_GLOBAL":   os.DevNull,
	"GIT_CONFIG_SYSTEM":   os.DevNull,
	"GIT_AUTHOR_NAME":     "Test",
	"GIT_AUTHOR_EMAIL":    "test@example.com",
	"GIT_COMMITTER_NAME":  "Test",
	"GIT_COMMITTER_EMAIL": "test@example.com",
}

// repository is a small stand-in for this one: two services that share a package,
// and the real scripts.
type repository struct {
	dir     string
	commits int
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	needTool(t, "git")
	r := &repository{dir: t.TempDir()}
	require.NoError(t, os.CopyFS(filepath.Join(r.dir, "scripts"), os.DirFS(filepath.Join(root(t), "scripts"))))
	r.git(t, "init", "-q", "-b", "main")
	r.commit(t, map[string]string{
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

// commit writes the files, removes those whose content is "-", and returns the
// hash of the commit. Each commit is a minute younger than the last.
func (r *repository) commit(t *testing.T, files map[string]string) string {
	t.Helper()
	for path, content := range files {
		full := filepath.Join(r.dir, path)
		if content == "-" {
			require.NoError(t, os.Remove(full))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
	}
	r.commits++
	r.git(t, "add", "-A")
	r.git(t, "commit", "-q", "-m", fmt.Sprintf("Commit %d", r.commits))
	return r.head(t)
}

func (r *repository) head(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(r.git(t, "rev-parse", "HEAD"))
}

func (r *repository) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = os.Environ()
	for key, value := range gitEnvironment {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	date := fmt.Sprintf("2026-01-02T03:%02d:00+02:00", r.commits)
	cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, output)
	return string(output)
}

// tag is the tag that CI gives to a commit's images.
func tag(commit string) string { return "sha-" + commit[:7] }

func writeFile(t *testing.T, dir, path, content string) {
	t.Helper()
	full := filepath.Join(dir, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
	require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
}
