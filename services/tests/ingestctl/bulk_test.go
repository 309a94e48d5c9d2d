package ingestctl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runIn runs ingestctl in a folder that outlives the run.
func (w *world) runIn(t *testing.T, dir, stdin string, args ...string) result {
	t.Helper()
	command := w.start(t, stdin, args...)
	command.Dir = dir
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return result{status: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// mails are n payloads as NDJSON, numbered in their subject.
func mails(n int) string {
	var out strings.Builder
	for i := range n {
		_, _ = fmt.Fprintf(&out, `{"email_subject":"mail %d","email_sender":"s","email_timestream":1693561101,"email_content":"c"}`+"\n", i)
	}
	return out.String()
}

// subjects are those of the payloads in a file, in its order.
func subjects(t *testing.T, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []string
	for line := range strings.Lines(string(raw)) {
		var payload struct {
			Data struct {
				Subject string `json:"email_subject"`
			} `json:"data"`
			Status *int   `json:"status"`
			Reason string `json:"reason"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &payload), line)
		assert.NotNil(t, payload.Status, "each line says its status")
		assert.NotEmpty(t, payload.Reason, "each line says its reason")
		found = append(found, payload.Data.Subject)
	}
	return found
}

// files are the names in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// stub is an API that answers each payload with a status, and 200 for others.
func (w *world) stub(t *testing.T, status func(body string) int) *atomic.Int64 {
	t.Helper()
	var taken atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		code := status(string(body))
		w.WriteHeader(code)
		if code == http.StatusOK {
			taken.Add(1)
			_, _ = io.WriteString(w, `{"status":"accepted","message_id":"m-1","received_at":"2026-01-02T03:04:05.000000+00:00"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"detail":"answer %d"}`, code)
	}))
	t.Cleanup(server.Close)
	w.env["API_URL"] = server.URL
	return &taken
}

func TestBulk_refusedPayloads_areSentAgainFromTheFile(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	input := filepath.Join(dir, "mails.ndjson")
	require.NoError(t, os.WriteFile(input, []byte(mails(10)), 0o600))
	var repaired atomic.Bool
	taken := w.stub(t, func(body string) int {
		switch {
		case strings.Contains(body, "mail 3"), strings.Contains(body, "mail 4"):
			return http.StatusUnprocessableEntity
		case !repaired.Load() && strings.Contains(body, "mail 7"):
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	first := w.runIn(t, dir, "", "bulk", "mails.ndjson", "--attempts", "1")
	assert.Equal(t, 3, first.status)
	assert.Contains(t, first.stdout, "not accepted: 1, of which 0 were never tried, kept in failed.ndjson; send them again with: ingestctl bulk failed.ndjson\n")
	assert.Contains(t, first.stdout, "refused for good: 2, kept in refused.ndjson with the reason of each")
	assert.Equal(t, []string{"mail 7"}, subjects(t, filepath.Join(dir, "failed.ndjson")))
	assert.ElementsMatch(t, []string{"mail 3", "mail 4"}, subjects(t, filepath.Join(dir, "refused.ndjson")))

	still := w.runIn(t, dir, "", "bulk", "failed.ndjson", "--attempts", "1")
	assert.Equal(t, 3, still.status)
	assert.Contains(t, still.stdout, "kept in failed-2.ndjson")
	assert.Equal(t, []string{"mail 7"}, subjects(t, filepath.Join(dir, "failed.ndjson")), "an input is never touched")

	repaired.Store(true)
	again := w.runIn(t, dir, "", "bulk", "failed.ndjson")
	assert.Zero(t, again.status, again.stderr)
	assert.EqualValues(t, 8, taken.Load())
	assert.ElementsMatch(t, []string{"mails.ndjson", "failed.ndjson", "failed-2.ndjson", "refused.ndjson"}, files(t, dir), "an empty file is removed")
	kept, err := os.ReadFile(input)
	require.NoError(t, err)
	assert.Equal(t, mails(10), string(kept))
}

func TestBulk_ctrlC_keepsTheRest(t *testing.T) {
	for _, from := range []string{"file", "stdin"} {
		w, dir := newWorld(t), t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "mails.ndjson"), []byte(mails(500)), 0o600))
		sent := make(chan struct{}, 500)
		taken := w.stub(t, func(string) int { sent <- struct{}{}; return http.StatusOK })
		args, stdin := []string{"bulk", "mails.ndjson", "--rate", "50"}, ""
		if from == "stdin" {
			args, stdin = []string{"bulk", "--rate", "50"}, mails(500)
		}
		command := w.start(t, stdin, args...)
		command.Dir = dir
		var stdout bytes.Buffer
		command.Stdout = &stdout
		require.NoError(t, command.Start())
		for range 6 {
			<-sent
		}
		require.NoError(t, command.Process.Signal(syscall.SIGINT))
		var exit *exec.ExitError
		require.ErrorAs(t, command.Wait(), &exit)
		assert.Equal(t, 130, exit.ExitCode(), from)
		rest := subjects(t, filepath.Join(dir, "failed.ndjson"))
		assert.EqualValues(t, 500, int64(len(rest))+taken.Load(), "%s: each payload was accepted or is kept", from)
		assert.Contains(t, stdout.String(), fmt.Sprintf("not accepted: %d, of which %d were never tried, kept in failed.ndjson", len(rest), len(rest)))
	}
}

func TestBulk_parseErrorInAFile_isFoundBeforeTheFirstSend(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mails.ndjson"), []byte(mails(6)+"nonsense\n"+mails(3)), 0o600))
	taken := w.stub(t, func(string) int { return http.StatusOK })
	r := w.runIn(t, dir, "", "bulk", "mails.ndjson")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "ingestctl: reading mails.ndjson, line 7: invalid character")
	assert.Contains(t, r.stderr, "nothing was sent")
	assert.Zero(t, taken.Load())
	assert.Equal(t, []string{"mails.ndjson"}, files(t, dir))
}

func TestBulk_parseErrorInStdin_keepsTheRestAsItIs(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	taken := w.stub(t, func(string) int { return http.StatusOK })
	r := w.runIn(t, dir, mails(6)+"nonsense\n"+mails(3), "bulk")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "ingestctl: reading stdin, line 7: invalid character")
	assert.Contains(t, r.stdout, "never tried: the rest of the input, kept as it is in unread.txt")
	assert.EqualValues(t, 6, taken.Load())
	rest, err := os.ReadFile(filepath.Join(dir, "unread.txt"))
	require.NoError(t, err)
	assert.Equal(t, "nonsense\n"+mails(3), string(rest))
	assert.Equal(t, []string{"unread.txt"}, files(t, dir))
}

func TestBulk_readsPipedStdin(t *testing.T) {
	w := newWorld(t)
	taken := w.stub(t, func(body string) int {
		assert.Contains(t, body, "mail ")
		return http.StatusOK
	})
	r := w.run(t, mails(3), "bulk")
	assert.Zero(t, r.status, r.stderr)
	assert.EqualValues(t, 3, taken.Load())
	empty := w.run(t, "", "bulk")
	assert.Equal(t, 1, empty.status)
	assert.Contains(t, empty.stderr, "reading stdin: there is no payload in the input")

	sent := w.run(t, mails(1), "send")
	assert.Zero(t, sent.status, sent.stderr)
	assert.EqualValues(t, 4, taken.Load())
}

func TestBulk_generateForAStack_asksForConfirmation(t *testing.T) {
	w := newWorld(t)
	w.deployed(t)
	// Without an address on this machine; nothing answers at it.
	w.env["API_URL"] = "https://ingest.invalid"
	for _, args := range []string{"--stack prod bulk --generate", "bulk --generate"} {
		r := w.run(t, "", strings.Fields(args)...)
		assert.Equal(t, 1, r.status)
		assert.Contains(t, r.stderr, "this asks for confirmation, and stdin is not a terminal: --yes confirms")
	}
	delete(w.env, "API_URL")
	assert.Zero(t, w.run(t, "", "--stack", "prod", "bulk", "--generate", "--yes").status)
	assert.Equal(t, 10, w.server.SQS.Counts(fakeaws.LocalQueue).Visible)
}

func TestBulk_contradictoryArguments_areErrors(t *testing.T) {
	w := newWorld(t)
	for args, want := range map[string]string{
		"send mail.json --subject x":   "mail.json and --subject exclude each other",
		"send --attempts 0":            "--attempts is 0; allowed is 1 to 1000000",
		"bulk mails.ndjson --count 5":  "--count goes with --generate",
		"bulk mails.ndjson --generate": "mails.ndjson and --generate exclude each other",
		"bulk --bad 5%":                "--bad goes with --generate",
		"bulk --generate --attempts 0": "--attempts is 0; allowed is 1 to 1000000",
		"verify --attempts 0":          "--attempts is 0; allowed is 1 to 1000000",
		"token set --print":            "--print goes with --generate",
		"dlq drop m-1 --all":           "name one message, or say --all",
	} {
		r := w.run(t, "", strings.Fields(args)...)
		assert.Equal(t, 2, r.status, args)
		assert.Contains(t, r.stderr, want)
	}
}

func TestBulk_unwritableFiles_areFoundBeforeTheFirstSend(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mails.ndjson"), []byte(mails(1)), 0o600))
	taken := w.stub(t, func(string) int { return http.StatusOK })
	for flag, want := range map[string]string{
		"--failed=nowhere/failed.ndjson":   "the payloads that are not accepted cannot be kept: ",
		"--refused=nowhere/refused.ndjson": "the payloads that are not accepted cannot be kept: ",
		"--failed=mails.ndjson":            "mails.ndjson exists, and may hold payloads that are nowhere else: name another file",
	} {
		r := w.runIn(t, dir, "", "bulk", "mails.ndjson", flag)
		assert.Equal(t, 1, r.status, flag)
		assert.Contains(t, r.stderr, want)
	}
	assert.Zero(t, taken.Load())
	assert.Equal(t, []string{"mails.ndjson"}, files(t, dir))
}

func TestBulk_ctrlCWhileStdinIsSilent_ends(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	sent := make(chan struct{}, 1)
	w.stub(t, func(string) int { sent <- struct{}{}; return http.StatusForbidden })
	input, output, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, errors.Join(input.Close(), output.Close())) })
	command := w.start(t, "", "bulk")
	var stdout bytes.Buffer
	command.Dir, command.Stdin, command.Stdout = dir, input, &stdout
	require.NoError(t, command.Start())
	_, err = output.WriteString(mails(1))
	require.NoError(t, err)
	<-sent
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	assert.Equal(t, 130, exit.ExitCode())
	assert.Contains(t, stdout.String(), "the input did not end within 5s; what came after that is neither sent nor kept\n")
	assert.Len(t, subjects(t, filepath.Join(dir, "failed.ndjson")), 1)
}

func TestBulk_ctrlC_printsTheSummary(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	command := w.start(t, "", "bulk", "--generate", "--count", "100000", "--rate", "200")
	var stdout bytes.Buffer
	command.Stdout = &stdout
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool { return w.server.SQS.Counts(fakeaws.LocalQueue).Visible > 10 }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	assert.Equal(t, 130, exit.ExitCode())
	assert.Regexp(t, `^\d+ sent in \d+\.\d s `, stdout.String())
	assert.Contains(t, stdout.String(), "  200  ")
	assert.NotContains(t, stdout.String(), "no answer", "requests in flight were waited for")
}
