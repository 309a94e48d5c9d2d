// Package recording runs the pipeline, sends a payload and asks for the status, with
// the real programs, and compares what they print with the README and with an
// animated SVG, which it draws with -update.
//
// Times, ids and ports are replaced by fixed ones, so that a second run draws the
// same.
package recording

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

var update = flag.Bool("update", false, "draw docs/recording.svg again, and fail")

func TestMain(m *testing.M) {
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

func TestRecording_isWhatTheProgramsPrint(t *testing.T) {
	panes := record(t)
	file := filepath.Join(root, "docs", "recording.svg")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(draw(panes)), 0o600))
		t.Fatal("docs/recording.svg was drawn; run the test again without -update")
	}
	current, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(current), draw(panes), "docs/recording.svg is old; run: make recording")

	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	for _, pane := range panes {
		for _, call := range pane.calls {
			assert.Contains(t, string(readme), "$ "+call.command+"\n"+call.output, "README.md shows another output of %s", call.command)
		}
	}
}

// pane is a terminal: commands, each with what it printed.
type pane struct {
	title string
	calls []call
}

type call struct{ command, output string }

// record starts the pipeline, sends a payload, and asks for the status when it is
// stored.
func record(t *testing.T) []pane {
	t.Helper()
	aws, health := strconv.Itoa(proctest.FreePort(t)), strconv.Itoa(proctest.FreePort(t))
	local := proctest.Launch(t, "local", "API_PORT", map[string]string{"AWS_PORT": aws, "WORKER_HEALTH_PORT": health})
	local.Log.Find(t, "s3 ls")
	run := func(args ...string) call {
		command := exec.CommandContext(t.Context(), proctest.Build(t, "ingestctl"), args...)
		command.Env = []string{"API_URL=" + local.URL(""), "INGEST_ENDPOINT=http://127.0.0.1:" + aws, "INGEST_WORKER_URL=http://127.0.0.1:" + health}
		text, err := command.CombinedOutput()
		require.NoError(t, err, "%s", text)
		return call{"ingestctl " + strings.Join(args, " "), string(text)}
	}
	sent := run("send", "--subject", "Hello")
	local.Log.Find(t, " worker stored ")
	local.Log.Find(t, " api    request ")
	// The message is deleted a moment after it is stored, and then no longer in flight in
	// the worker.
	const within = time.Minute
	ended := func(status string) bool {
		return strings.Contains(status, "queue   0 waiting, 0 in flight") && strings.Contains(status, "worker  healthy, 0 in flight")
	}
	status := run("status")
	for limit := time.Now().Add(within); !ended(status.output); status = run("status") {
		require.True(t, time.Now().Before(limit), "there are messages in flight after %s: %s", within, status.output)
	}
	steady := steadier(strings.NewReplacer(":"+strconv.Itoa(local.Port), ":8000", ":"+aws, ":4566", ":"+health, ":8081"))
	sent.output, status.output = steady(sent.output), steady(status.output)
	return []pane{
		{"make run", []call{{"make run", inOrder(steady(local.Log.String()))}}},
		{"ingestctl", []call{sent, status}},
	}
}

// steadier returns a function that replaces what differs from run to run.
func steadier(ports *strings.Replacer) func(string) string {
	replacements := []struct {
		what *regexp.Regexp
		with string
	}{
		{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "5d120cac-5e62-4b8a-9f42-4056c851d841"},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-24T16:35:02Z"},
		{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "16:35:01.000"},
		{regexp.MustCompile(`/\d{4}/\d\d/\d\d/\d+_`), "/2026/11/24/1795538101_"},
		{regexp.MustCompile(`duration_ms=[0-9.]+`), "duration_ms=4.0"},
		{regexp.MustCompile(`in [0-9.]+m?s\n`), "in 4ms\n"},
	}
	return func(text string) string {
		text = ports.Replace(text)
		for _, r := range replacements {
			text = r.what.ReplaceAllString(text, r.with)
		}
		return text
	}
}

// inOrder sorts the log records, which the api and the worker write independently
// of each other.
func inOrder(printed string) string {
	lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	first := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "16:35:01.000 ") })
	if first >= 0 {
		slices.Sort(lines[first:])
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestSteadier_twoRunsReadTheSame(t *testing.T) {
	steady := steadier(strings.NewReplacer(":18123", ":8000"))
	first := steady("20:28:23.136 api request duration_ms=2.308 key=\"emails/v1/local/2026/11/24/1795552103_msgid=7828073f-09ca-4ec2-aff1-b1ad9d75c1e2.json\" http://127.0.0.1:18123\naccepted in 6ms\n")
	second := steady("01:02:03.004 api request duration_ms=12 key=\"emails/v1/local/2027/01/02/1800000000_msgid=1a47f8c1-c056-40e5-b061-e228fe6dad0a.json\" http://127.0.0.1:18123\naccepted in 1.2s\n")
	assert.Equal(t, first, second)
	assert.Contains(t, first, "http://127.0.0.1:8000")
}
