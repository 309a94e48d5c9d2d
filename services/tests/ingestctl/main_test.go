// Package ingestctl tests the real binary: against the fake AWS, and the
// real api and worker on it. Its output is held by golden files.
package ingestctl

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files, and fail")

func TestMain(m *testing.M) {
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

// world is an AWS of its own with what `make run` seeds.
type world struct {
	server *fakeaws.Server
	seeded fakeaws.Seeded
	// env is ingestctl's whole environment.
	env map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, fakeaws.Options{})
}

func newWorldOf(t *testing.T, options fakeaws.Options) *world {
	t.Helper()
	server, err := fakeaws.Start(options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	seeded, err := server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	return &world{server: server, seeded: seeded, env: map[string]string{
		"INGEST_ENDPOINT": server.URL, "API_URL": "http://127.0.0.1:1", "HOME": t.TempDir(), "PATH": os.Getenv("PATH"),
	}}
}

// services is what both services read.
func (w *world) services(more map[string]string) map[string]string {
	environ := map[string]string{
		"AWS_ENDPOINT_URL": w.server.URL, "AWS_REGION": fakeaws.Region, "SQS_QUEUE_URL": w.seeded.QueueURL,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
	}
	for name, value := range more {
		environ[name] = value
	}
	return environ
}

// api starts the real api, which ingestctl then sends to.
func (w *world) api(t *testing.T) *proctest.Program {
	t.Helper()
	program := proctest.Launch(t, "api", "PORT", w.services(map[string]string{"SSM_TOKEN_PARAM": fakeaws.LocalParameter, "TOKEN_TTL": "1s"}))
	w.env["API_URL"] = program.URL("")
	return program
}

// worker starts the real worker.
func (w *world) worker(t *testing.T) *proctest.Program {
	t.Helper()
	return proctest.Launch(t, "worker", "HEALTH_PORT", w.services(map[string]string{"S3_BUCKET": fakeaws.LocalBucket, "POLL_WAIT_SECONDS": "1"}))
}

// result is what a run of ingestctl did.
type result struct {
	status         int
	stdout, stderr string
}

// start prepares a run in a folder of its own.
func (w *world) start(t *testing.T, stdin string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), proctest.Build(t, "ingestctl"), args...)
	command.Dir, command.Stdin = t.TempDir(), strings.NewReader(stdin)
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// run runs ingestctl to its end.
func (w *world) run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	command := w.start(t, stdin, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return result{status: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// noise is what differs from run to run, and its replacement. A number keeps
// its place in a column.
var noise = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<id>"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://127.0.0.1:<port>"},
	{regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)`), "<time>"},
	{regexp.MustCompile(`\d{4}/\d{2}/\d{2}/`), "<day>/"},
	{regexp.MustCompile(`/\d{10}_msgid=`), "/<now>_msgid="},
	{regexp.MustCompile(` +\d+(\.\d+)? ms`), " <n> ms"},
	{regexp.MustCompile(`(\d+h)?(\d+m)?\d+s (ago|later)`), "<duration> $3"},
	{regexp.MustCompile(` in \d+(\.\d+)?(µs|ms|s)\n`), " in <duration>\n"},
	{regexp.MustCompile(`"(\w+_seconds)": [\d.]+`), `"$1": <n>`},
	{regexp.MustCompile(`RequestID: [^,]+`), "RequestID: <id>"},
}

// golden compares with testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, n := range noise {
		got = n.form.ReplaceAllString(got, n.with)
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
		t.Errorf("%s was written; run the test again without -update", file)
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run: go test ./tests/ingestctl -update")
	assert.Equal(t, string(want), got)
}

// skip skips a test that this machine cannot run. In CI nothing is skipped.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(reason + ", and CI runs every test")
	}
	t.Skip(reason)
}
