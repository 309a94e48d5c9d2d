package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func argsOf(t *testing.T, folder, service string) imageArgs {
	t.Helper()
	args, err := readImageArgs(t.Context(), folder, service)
	require.NoError(t, err)
	return args
}

func TestImageArgs_comeFromTheLastCommitOfTheImage(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)

	api := argsOf(t, repo.Dir, "api")
	assert.Equal(t, []string{
		// 03:00 in the committer's zone, two hours east of Greenwich.
		"SERVICE=api", "VERSION=v0.0.0-20260102010100-" + first[:12], "REVISION=" + first, "SOURCE_DATE_EPOCH=1767315660",
	}, api.lines())

	for _, files := range []map[string]string{
		{"services/worker/main.go": "package main\n\nfunc main() { println() }\n"},
		{"services/ingestctl/main.go": "package main\n\nfunc main() { println() }\n"},
		{"services/api/main_test.go": "package main\n\n// more\n"},
		{"services/internal/docs/testdata/case.json": "{}\n"},
		{"services/internal/docs/README.md": "words\n"},
		{"README.md": "two\n"},
	} {
		repo.Commit(t, files)
		assert.Equal(t, api, argsOf(t, repo.Dir, "api"), "after a commit of %v", files)
	}

	for _, files := range []map[string]string{
		{"services/api/main.go": "package main\n\nimport _ \"github.com/ingest-iac/ingest/services/internal/docs\"\n\nfunc main() { println() }\n"},
		{"services/api/more.go": "package main\n"},
		{"services/api/more.go": "-"},
		{"services/internal/docs/docs.go": "package docs\n\nimport _ \"embed\"\n\n//go:embed page/index.html\nvar text string\n"},
		{"services/internal/docs/page/index.html": "two\n"},
		{"services/go.mod": "module github.com/ingest-iac/ingest/services\n\ngo 1.26.0\n\n// more\n"},
		{"services/Dockerfile": "FROM --platform=$BUILDPLATFORM golang:1.26.1-bookworm AS build\n"},
		{"services/.dockerignore": "tests\nbin\n"},
	} {
		commit := repo.Commit(t, files)
		assert.Equal(t, commit, argsOf(t, repo.Dir, "api").revision, "after a commit of %v", files)
	}
}

func TestImageInputs_includeWhatOnlyOneArchitectureLinks(t *testing.T) {
	repo := gitrepo.New(t)
	commit := repo.Commit(t, map[string]string{"services/internal/only/only.go": "package only\n\nvar X = 1\n"})
	assert.Equal(t, commit, argsOf(t, repo.Dir, "worker").revision)
	assert.NotEqual(t, commit, argsOf(t, repo.Dir, "api").revision)
}

func TestImageArgs_dirtyCheckout(t *testing.T) {
	repo := gitrepo.New(t)
	clean, worker := argsOf(t, repo.Dir, "api"), argsOf(t, repo.Dir, "worker")
	writeFile(t, repo.Dir, "services/api/extra.go", "package main\n")

	dirty := argsOf(t, repo.Dir, "api")
	assert.Equal(t, clean.revision+"-dirty", dirty.revision)
	assert.Equal(t, clean.version+"+dirty", dirty.version)
	assert.Equal(t, clean.epoch, dirty.epoch)
	assert.Equal(t, worker, argsOf(t, repo.Dir, "worker"), "the other service is as committed")
}

func TestImageArgs_refusals(t *testing.T) {
	repo := gitrepo.New(t)
	_, err := readImageArgs(t.Context(), repo.Dir, "gateway")
	require.ErrorContains(t, err, "'gateway' is not a service")
	require.ErrorAs(t, err, new(usageError))

	shallow := t.TempDir()
	repo.Commit(t, map[string]string{"README.md": "two\n"})
	repo.Git(t, "clone", "-q", "--depth", "1", "file://"+repo.Dir, shallow)
	_, err = readImageArgs(t.Context(), shallow, "api")
	require.ErrorContains(t, err, "fetch-depth: 0")
}

func TestImageArgs_areArgumentsOfTheDockerfile(t *testing.T) {
	root, err := workspace.Root()
	require.NoError(t, err)
	dockerfile := readFile(t, filepath.Join(root, "services", "Dockerfile"))
	for _, line := range (imageArgs{}).lines() {
		name, _, _ := strings.Cut(line, "=")
		if name != "SOURCE_DATE_EPOCH" { // BuildKit and buildah know this one.
			assert.Contains(t, dockerfile, "\nARG "+name)
		}
	}
	assert.Contains(t, dockerfile, "\nARG SOURCE=")
}
