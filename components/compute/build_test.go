package compute

import (
	"io/fs"
	"maps"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func file(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }

// workspace is a context with what a build sees and what it does not.
func workspace() fstest.MapFS {
	return fstest.MapFS{
		"Dockerfile":              file("FROM scratch"),
		".dockerignore":           file("# tests\n**/*_test.go\n**/testdata\ntests\nbin\nDockerfile\n.dockerignore\n"),
		"go.mod":                  file("module m"),
		"go.sum":                  file("sums"),
		"api/main.go":             file("package main"),
		"api/main_test.go":        file("package main"),
		"internal/a/testdata/x":   file("x"),
		"tests/faults/faults.go":  file("package faults"),
		"bin/api":                 file("binary"),
		"internal/tests/tests.go": file("package tests"),
	}
}

func TestBuildInputs_areWhatDockerSees(t *testing.T) {
	got, err := buildInputs(workspace())
	require.NoError(t, err)
	assert.Equal(t, []string{"Dockerfile", "api/main.go", "go.mod", "go.sum", "internal/tests/tests.go"}, got)
}

func TestBuildTag_followsTheInputs(t *testing.T) {
	tag := func(context fs.FS, service, platform string) string {
		got, err := buildTag(context, service, platform)
		require.NoError(t, err)
		return got
	}
	before := tag(workspace(), "api", "linux/amd64")
	assert.Regexp(t, `^ws-[0-9a-f]{16}$`, before)
	assert.Equal(t, before, tag(workspace(), "api", "linux/amd64"))
	assert.NotEqual(t, before, tag(workspace(), "worker", "linux/amd64"))
	assert.NotEqual(t, before, tag(workspace(), "api", "linux/arm64"))

	for name, changes := range map[string]bool{
		"Dockerfile": true, "go.mod": true, "go.sum": true, "api/main.go": true, "api/new.go": true,
		"api/main_test.go": false, "internal/a/testdata/y": false, "tests/faults/faults.go": false, "bin/worker": false,
	} {
		changed := workspace()
		changed[name] = file("changed")
		assert.Equal(t, changes, tag(changed, "api", "linux/amd64") != before, name)
	}

	moved := maps.Clone(workspace())
	moved["api/mai"], moved["n.go"] = moved["api/main.go"], file("")
	delete(moved, "api/main.go")
	assert.NotEqual(t, before, tag(moved, "api", "linux/amd64"), "names are part of it")
}

func TestBuildInputs_unsupportedFile_isAnError(t *testing.T) {
	context := workspace()
	context["link"] = &fstest.MapFile{Mode: fs.ModeSymlink}
	_, err := buildTag(context, "api", "linux/amd64")
	assert.ErrorContains(t, err, "link is neither a file nor a directory")
}

func TestBuildInputs_missingDockerfile_isAnError(t *testing.T) {
	context := workspace()
	delete(context, "Dockerfile")
	_, err := buildTag(context, "api", "linux/amd64")
	require.ErrorContains(t, err, "Dockerfile")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestIgnoreRules(t *testing.T) {
	for _, c := range []struct {
		rules, name string
		ignored     bool
	}{
		{"bin", "bin", true},
		{"bin", "bin/api", true},
		{"bin", "api/bin/x", false},
		{"/bin/", "bin/api", true},
		{"*.md", "README.md", true},
		{"*.md", "docs/a.md", false},
		{"**/*.md", "README.md", true},
		{"**/*.md", "docs/deep/a.md", true},
		{"docs/**", "docs/a/b", true},
		{"a?c", "abc", true},
		{"a?c", "a/c", false},
		{"*.go\n!main.go", "main.go", false},
		{"*.go\n!main.go", "other.go", true},
		{"!main.go\n*.go", "main.go", true},
		{"# bin\n\n", "bin", false},
		{"a.go", "axgo", false},
		{"[ab].go", "a.go", true},
	} {
		rules, err := readIgnore(fstest.MapFS{".dockerignore": file(c.rules)})
		require.NoError(t, err)
		ignored, err := rules.MatchesOrParentMatches(c.name)
		require.NoError(t, err)
		assert.Equal(t, c.ignored, ignored, "%q %s", c.rules, c.name)
	}
	rules, err := readIgnore(fstest.MapFS{})
	require.NoError(t, err)
	ignored, err := rules.MatchesOrParentMatches("anything")
	require.NoError(t, err)
	assert.False(t, ignored)
}

// The workspace's own services are what is built in the end.
func TestBuildInputs_ofTheServices_areTheirSources(t *testing.T) {
	got, err := buildInputs(os.DirFS("../../services"))
	require.NoError(t, err)
	for _, name := range []string{"Dockerfile", "go.mod", "go.sum", "api/main.go", "worker/main.go"} {
		assert.Contains(t, got, name)
	}
	for _, name := range got {
		assert.NotRegexp(t, `_test\.go$|(^|/)testdata/|^tests/|\.md$`, name)
	}
}
