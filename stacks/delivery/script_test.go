package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the repository that the tests are part of.
func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	require.NoError(t, err)
	return path
}

// needTool skips a test whose tool the machine lacks. In CI nothing is skipped.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed, and CI runs every test", name)
	}
	t.Skipf("%s is not installed", name)
}

// script is one run of a delivery script.
type script struct {
	// Dir is the repository whose scripts/ is used; the project's own if empty.
	Dir string
	// Env is added to an environment with nothing of GitHub's or AWS's in it.
	Env map[string]string
	// Replies are what aws, pulumi, gh and make answer.
	Replies []reply
}

// result is what a script did.
type result struct {
	Status  int
	Output  string
	Outputs map[string]string
	Summary string
	Calls   []call
}

// run runs scripts/<name> and fails the test on a call that nobody laid down.
func (s script) run(t *testing.T, name string, args ...string) result {
	t.Helper()
	needTool(t, "bash")
	if s.Dir == "" {
		s.Dir = root(t)
	}
	temp := t.TempDir()
	replies, err := json.Marshal(s.Replies)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(temp, "replies"), replies, 0o600))

	env := map[string]string{
		repliesVariable:       filepath.Join(temp, "replies"),
		callsVariable:         filepath.Join(temp, "calls"),
		"PATH":                standIns(t) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"GITHUB_OUTPUT":       filepath.Join(temp, "output"),
		"GITHUB_STEP_SUMMARY": filepath.Join(temp, "summary"),
		"TMPDIR":              temp,
		// The stand-ins are this binary: under the race detector each would wait a
		// second at its end for reports that may still come.
		"GORACE": "atexit_sleep_ms=0",
	}
	for _, name := range []string{"HOME", "GOCACHE", "GOPATH", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, gitrepo.Environment)
	maps.Copy(env, s.Env)

	cmd := exec.Command("bash", append([]string{filepath.Join(s.Dir, "scripts", name)}, args...)...)
	cmd.Dir = s.Dir
	for _, key := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err = cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}

	r := result{Status: cmd.ProcessState.ExitCode(), Output: output.String(), Outputs: map[string]string{}}
	for line := range strings.Lines(readIfThere(t, env["GITHUB_OUTPUT"])) {
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		require.True(t, found, "GITHUB_OUTPUT has the line %q", line)
		r.Outputs[key] = value
	}
	r.Summary = readIfThere(t, env["GITHUB_STEP_SUMMARY"])
	r.Calls, err = readCalls(env[callsVariable])
	require.NoError(t, err)
	assert.NotContains(t, r.Output, "no reply laid down for")
	return r
}

// standIns returns a directory that holds this test binary under the names of the
// programs it plays.
func standIns(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	names := []string{"aws", "pulumi", "gh", "make", "sleep"}
	if _, err := exec.LookPath("jq"); err != nil {
		names = append(names, "jq")
	}
	dir := t.TempDir()
	for _, name := range names {
		require.NoError(t, os.Symlink(self, filepath.Join(dir, name)))
	}
	return dir
}

func readIfThere(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(t, err)
	return string(data)
}

func lookPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return path
}
