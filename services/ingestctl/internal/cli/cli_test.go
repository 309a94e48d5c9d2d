package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// api takes the local token alone and keeps the bodies that it was sent.
type api struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.bodies = append(a.bodies, string(body))
		a.mu.Unlock()
		if !strings.Contains(string(body), `"token":"local-dev-token"`) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"detail":"Invalid token"}`)
			return
		}
		_, _ = io.WriteString(w, `{"status":"accepted","message_id":"m-1","received_at":"2026-01-02T03:04:05.000000+00:00"}`)
	}))
	t.Cleanup(a.Close)
	return a
}

func run(t *testing.T, a *api, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("API_URL", a.URL+"/ingest")
	// Nothing listens there, even while the pipeline runs on this machine.
	t.Setenv("INGEST_ENDPOINT", "http://127.0.0.1:1")
	var out, errs bytes.Buffer
	status = Run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func TestSend_flags_makeAPayload(t *testing.T) {
	a := newAPI(t)
	status, stdout, stderr := run(t, a, "", "send", "--subject", "Hi", "--timestream", "007")
	assert.Zero(t, status, stderr)
	assert.Contains(t, stdout, "accepted as m-1 in ")
	assert.JSONEq(t, `{"data":{"email_subject":"Hi","email_sender":"John Doe","email_timestream":"007","email_content":"Just want to say... Happy new year!!!"},
		"token":"local-dev-token"}`, a.bodies[0])
}

func TestSend_stdin_isOnePayload(t *testing.T) {
	a := newAPI(t)
	status, stdout, _ := run(t, a, `{"email_subject":"x"}`, "send", "-", "--json")
	assert.Zero(t, status)
	var answer map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	assert.Equal(t, "m-1", answer["message_id"])

	status, _, stderr := run(t, a, `{} {}`, "send", "-")
	assert.Equal(t, ExitError, status)
	assert.Contains(t, stderr, "stdin holds more than one payload: send them with ingestctl bulk")
}

func TestSend_refused_namesTheReason(t *testing.T) {
	t.Setenv("TOKEN", "another")
	status, stdout, stderr := run(t, newAPI(t), "", "send")
	assert.Equal(t, ExitRefused, status)
	assert.Equal(t, "not accepted: 403 Invalid token (attempts: 1)\n", stdout)
	assert.Equal(t, "next: the token is that of the variable TOKEN: without it, it is read from SSM\n", stderr)
}

func TestSend_noListener_saysWhatToDo(t *testing.T) {
	a := newAPI(t)
	a.Close()
	status, stdout, stderr := run(t, a, "", "send", "--attempts", "1")
	assert.Equal(t, ExitRefused, status)
	assert.Contains(t, stdout, "not accepted: no answer: ")
	assert.Contains(t, stderr, "next: nothing answers on "+a.URL+": start the pipeline with `make run`")
}

func TestBulk_unreadableRest_sumsUp(t *testing.T) {
	failed := filepath.Join(t.TempDir(), "failed.ndjson")
	status, stdout, stderr := run(t, newAPI(t), `{"data":{},"token":"wrong"}`+"\nnonsense\n", "bulk", "-", "--failed", failed)
	assert.Equal(t, ExitError, status)
	assert.Contains(t, stdout, "1 sent in ")
	assert.Contains(t, stderr, "reading stdin, line 2")
	assert.FileExists(t, failed)
}

func TestExitStatus_ctrlC_isItsOwn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("TOKEN", "any")
	var out, errs bytes.Buffer
	for _, args := range []string{"send", "bulk --generate --count 5", "token check", "verify"} {
		t.Chdir(t.TempDir())
		assert.Equal(t, ExitInterrupted, Run(ctx, strings.Fields(args), strings.NewReader(""), &out, &errs), args)
	}
}

func TestBulk_failedPayloads_areKept(t *testing.T) {
	a := newAPI(t)
	failed := filepath.Join(t.TempDir(), "failed.ndjson")
	status, stdout, stderr := run(t, a, "", "bulk", "--generate", "--count", "8", "--bad", "100%", "--failed", failed)
	assert.Equal(t, ExitRefused, status, stderr)
	assert.Contains(t, stdout, "8 sent in ")
	assert.Contains(t, stdout, "  403        4\n")
	kept, err := os.ReadFile(failed)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(string(kept), "\n"))
	assert.Equal(t, 4, strings.Count(string(kept), `"status":403,"reason":"Invalid token"`))
	assert.NotContains(t, string(kept), "local-dev-token")

	sent := len(a.bodies)
	status, _, _ = run(t, a, "", "bulk", failed)
	assert.Equal(t, ExitRefused, status)
	assert.Len(t, a.bodies, sent+4)
}

func TestBulk_ndjson_isRead(t *testing.T) {
	a := newAPI(t)
	status, stdout, stderr := run(t, a, "{\"data\":{}}\n{\"data\":{}}\n", "bulk", "-", "--json")
	assert.Zero(t, status, stderr)
	var summary map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &summary))
	assert.InDelta(t, 2, summary["sent"], 0)
}

func TestFlags_wrong_areNamed(t *testing.T) {
	for args, want := range map[string]string{
		"bulk --generate --bad 200%": `--bad is "200%"; allowed is 0% to 100%`,
		"bulk --concurrency 0":       "--concurrency is 0; allowed is 1 to 1000000",
		"bulk --rate=-1":             "--rate is -1; allowed is 0 or more",
		"deploy":                     "unexpected argument deploy",
	} {
		status, _, stderr := run(t, newAPI(t), "", strings.Fields(args)...)
		assert.Equal(t, ExitUsage, status, args)
		assert.Contains(t, stderr, want)
	}
}

func TestFile_missing_isNamed(t *testing.T) {
	status, _, stderr := run(t, newAPI(t), "", "bulk", "nowhere.json")
	assert.Equal(t, ExitError, status)
	assert.Contains(t, stderr, "ingestctl: reading payloads: open nowhere.json: no such file or directory")
}

func TestVersionAndHelp(t *testing.T) {
	status, stdout, _ := run(t, newAPI(t), "", "--version")
	assert.Zero(t, status)
	assert.Regexp(t, `^ingestctl \S+ \(revision `, stdout)
	for _, args := range []string{"--help", "help", ""} {
		status, stdout, _ = run(t, newAPI(t), "", strings.Fields(args)...)
		assert.Zero(t, status)
		assert.Contains(t, stdout, "Usage: ingestctl <command>", "%q", args)
	}
	for _, args := range []string{"bulk --help", "help bulk"} {
		status, stdout, _ = run(t, newAPI(t), "", strings.Fields(args)...)
		assert.Zero(t, status)
		assert.Contains(t, stdout, "Usage: ingestctl bulk")
	}
	status, stdout, _ = run(t, newAPI(t), "", "help", "token", "rotate")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "Usage: ingestctl token rotate")
}

func TestExamples_everyCommand_parse(t *testing.T) {
	parser, err := newParser(&commands{}, io.Discard, io.Discard)
	require.NoError(t, err)
	leaves := parser.Model.Leaves(false)
	assert.Len(t, examples, len(leaves), "every command has examples, and nothing else has")
	line := regexp.MustCompile(`ingestctl ([^#|)]+)`)
	for _, command := range leaves {
		assert.NotEmpty(t, examples[command.Path()], command.Path())
		for _, example := range examples[command.Path()] {
			parser, err := newParser(&commands{}, io.Discard, io.Discard)
			require.NoError(t, err)
			parsed, err := parser.Parse(strings.Fields(line.FindStringSubmatch(example)[1]))
			require.NoError(t, err, example)
			assert.Equal(t, command.Path(), parsed.Selected().Path(), example)
		}
	}
}
