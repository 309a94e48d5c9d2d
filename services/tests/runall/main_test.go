package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// modules writes a workspace with modules of one file each, and returns its folder.
func modules(t *testing.T, sources map[string]string) string {
	t.Helper()
	root := t.TempDir()
	work := "go 1.26\n"
	for name, source := range sources {
		dir := filepath.Join(root, name)
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/"+name+"\n\ngo 1.26\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x_test.go"), []byte(source), 0o600))
		work += "use ./" + name + "\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.work"), []byte(work), 0o600))
	t.Setenv("GOWORK", "")
	return root
}

const (
	good = `package x
import "testing"
func TestGood(t *testing.T) { t.Log("not shown"); t.Run("sub", func(*testing.T) {}) }
func TestSkipped(t *testing.T) { t.Skip("no compiler here") }
`
	bad = `package x
import "testing"
func TestBad(t *testing.T) { t.Error("shown") }
func TestFine(t *testing.T) { t.Log("not shown") }
`
	broken = `package x
func TestBroken( {
`
	panics = `package x
import "testing"
func TestPanics(t *testing.T) { panic("why") }
`
)

func TestRun_skippedTests_areNamed(t *testing.T) {
	root := modules(t, map[string]string{"a": broken, "b": bad, "c": panics, "d": good})
	var out, errs bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"-root", root, "a", "b", "c", "d"}, &out, &errs))
	text := out.String()
	for _, want := range []string{"x_test.go:2", "shown", "--- FAIL: TestBad", "panic: why", "ok  \texample.com/d"} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "not shown")
	assert.Contains(t, text, "skipped:\n  example.com/d TestSkipped: x_test.go:4: no compiler here\n")
	assert.True(t, strings.HasSuffix(text, "\n3 passed, 3 failed, 1 skipped\n"), text)
}

func TestRun_passedTests_exitStatusIsZero(t *testing.T) {
	root := modules(t, map[string]string{"d": good})
	var out, errs bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"-root", root, "d"}, &out, &errs))
	assert.True(t, strings.HasSuffix(out.String(), "\n2 passed, 0 failed, 1 skipped\n"), out.String())
}

func TestRun_missingModule_fails(t *testing.T) {
	var out, errs bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"-root", t.TempDir(), "none"}, &out, &errs))
	assert.Contains(t, out.String(), "./none/...: ")
	assert.Equal(t, 2, run(t.Context(), []string{"-wrong"}, &out, &errs))
}

func TestRun_race_isForPackagesWithoutAWSClients(t *testing.T) {
	root := modules(t, map[string]string{"a": good, "b": good})
	var out, errs bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"-root", root, "-short", "-race", "a", "a", "b"}, &out, &errs), out.String())
	assert.Contains(t, out.String(), "-short -race, example.com/a\n")
	assert.Contains(t, out.String(), "-short, ./b/...\n")
	assert.True(t, strings.HasSuffix(out.String(), "\n4 passed, 0 failed, 2 skipped\n"), out.String())
}

func TestRun_raceOfAMissingModule_fails(t *testing.T) {
	var out, errs bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"-root", t.TempDir(), "-race", "none", "none"}, &out, &errs))
	assert.Contains(t, out.String(), "finding the packages for the race detector: listing ./none/...: ")
}

func TestRun_packagesCannotBeListed_othersAreTested(t *testing.T) {
	root := modules(t, map[string]string{"a": broken, "b": good})
	require.NoError(t, os.WriteFile(filepath.Join(root, "a", "go.mod"), []byte("no module"), 0o600))
	t.Setenv("GOWORK", "")
	var out, errs bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"-root", root, "-race", "a", "a", "b"}, &out, &errs))
	assert.Contains(t, out.String(), "listing ./a/...: ")
}

func TestSortPackages_thoseThatLinkAWSClients_areNotRaced(t *testing.T) {
	raced, others := sortPackages(`m/pure io
m/adapter io github.com/aws/aws-sdk-go-v2/service/sqs
m/tested io
m/none io

m/pure.test io m/pure [m/pure.test]
m/adapter.test io github.com/aws/aws-sdk-go-v2/service/sqs
m/tested.test io github.com/aws/aws-sdk-go-v2/service/s3
`)
	assert.Equal(t, []string{"m/pure"}, raced)
	assert.Equal(t, []string{"m/adapter", "m/tested", "m/none"}, others)
}
