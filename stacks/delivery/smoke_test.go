package delivery

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// awkward is a token that a shell, curl's configuration or JSON could break.
const awkward = `to"ken\ with 'every' $thing @file #1`

// api answers as the deployed one does, and keeps what was accepted.
type api struct {
	unhealthy atomic.Int32
	open      bool
	message   string
	accepted  []map[string]any
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		if a.unhealthy.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	var payload struct {
		Data  map[string]any `json:"data"`
		Token string         `json:"token"`
	}
	switch {
	case err != nil, json.Unmarshal(body, &payload) != nil, r.Header.Get("Content-Type") != "application/json", len(payload.Data) != 4:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case payload.Token == "" && !a.open:
		w.WriteHeader(http.StatusUnauthorized)
	case payload.Token != awkward && !a.open:
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"detail":"Invalid token"}`)
	default:
		a.accepted = append(a.accepted, payload.Data)
		_, _ = io.WriteString(w, `{"status":"accepted","message_id":"`+a.message+`"}`)
	}
}

func smoke(t *testing.T, a *api, token string) result {
	t.Helper()
	needTool(t, "curl")
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	env := map[string]string{"API_URL": server.URL + "/"}
	if token != "" {
		env["INGEST_TOKEN"] = token
	}
	return script{Env: env}.run(t, "smoke.sh")
}

func TestSmokeTestAsksForHealthRefusalAndAcceptance(t *testing.T) {
	a := &api{message: "m-1"}
	a.unhealthy.Store(2) // a load balancer that has no healthy target yet
	r := smoke(t, a, awkward)
	require.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Summary, "- ingest without a token: 401\n- ingest with the token: 200\n- message m-1 was accepted\n")
	require.Len(t, a.accepted, 1)
	assert.Equal(t, "smoke-test@example.com", a.accepted[0]["email_sender"])
	assert.NotContains(t, r.Output+r.Summary, awkward)
}

func TestSmokeTestWithoutTheSecretSaysWhatItLeftOut(t *testing.T) {
	a := &api{message: "m-1"}
	r := smoke(t, a, "")
	assert.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Summary, "left out, since the secret INGEST_TOKEN is not set")
	assert.Empty(t, a.accepted)
}

func TestSmokeTestFailsWhereTheAPIDoesNotWork(t *testing.T) {
	dead := &api{}
	dead.unhealthy.Store(1000)
	for name, c := range map[string]struct {
		api   *api
		token string
		says  string
	}{
		"never healthy":          {dead, "", "expected 200, got 503"},
		"takes anyone":           {&api{open: true, message: "m-1"}, awkward, "ingest without a token: expected 401, got 200"},
		"another token in force": {&api{message: "m-1"}, "old", `ingest with the token: expected 200, got 403: {"detail":"Invalid token"}`},
		"no message id":          {&api{}, awkward, "the answer has no message_id"},
	} {
		t.Run(name, func(t *testing.T) {
			r := smoke(t, c.api, c.token)
			assert.Equal(t, 1, r.Status)
			assert.Contains(t, r.Output, c.says)
		})
	}
}

// Command lines are there for every process of the machine to read.
func TestSmokeTestKeepsTheTokenOffEveryCommandLine(t *testing.T) {
	needTool(t, "curl")
	needTool(t, "jq")
	a := &api{message: "m-1"}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)

	// Wrappers that write down how the path programs were called.
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	for _, name := range []string{"curl", "jq"} {
		path := lookPath(t, name)
		wrapper := "#!/bin/sh\nprintf '%s\\n' \"" + name + " $*\" >>'" + log + "'\nexec '" + path + "' \"$@\"\n"
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(wrapper), 0o700))
	}
	r := script{Env: map[string]string{
		"API_URL": server.URL, "INGEST_TOKEN": awkward, "PATH": bin + string(os.PathListSeparator) + os.Getenv("PATH"),
	}}.run(t, "smoke.sh")
	require.Zero(t, r.Status, r.Output)
	calls := readIfThere(t, log)
	assert.Equal(t, 3, strings.Count(calls, "curl "), calls)
	assert.NotContains(t, calls, awkward[:8])
}

func TestSmokeTestFindsTheURLInTheStacksOutputs(t *testing.T) {
	needTool(t, "curl")
	a := &api{message: "m-1"}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	r := script{
		Env:     map[string]string{"ENV": "prod"},
		Replies: []reply{{Call: `^make .*outputs STACK=compute ENV=prod$`, Stdout: `{"url":"` + server.URL + `"}`}},
	}.run(t, "smoke.sh")
	assert.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Summary, "health of "+server.URL+": 200")
}
