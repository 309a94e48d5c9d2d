package ingestctl

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestToken_isSetCheckedAndNeverShown(t *testing.T) {
	w := newWorld(t)
	set := w.run(t, "a-secret-of-mine\n", "token", "set")
	require.Zero(t, set.status, set.stderr)
	golden(t, "token-set", set.stdout)
	check := w.run(t, "", "token", "check")
	require.Zero(t, check.status, check.stderr)
	golden(t, "token-check", check.stdout)
	for _, r := range []result{set, check, w.run(t, "", "token", "check", "--json")} {
		assert.NotContains(t, r.stdout+r.stderr, "a-secret-of-mine")
	}
}

func TestTokenCheck_placeholder_fails(t *testing.T) {
	w := newWorld(t)
	placeholder := w.run(t, "CHANGEME\n", "token", "set")
	assert.Equal(t, 1, placeholder.status)
	assert.Contains(t, placeholder.stderr, "the token is the placeholder CHANGEME, with which the API refuses every request")

	w.overwriteToken(t, "CHANGEME")
	check := w.run(t, "", "token", "check")
	assert.Equal(t, 1, check.status)
	golden(t, "token-placeholder", check.stdout+check.stderr)
	send := w.run(t, "", "send")
	assert.Equal(t, 1, send.status)
	assert.Contains(t, send.stderr, "still the placeholder")
}

func TestTokenSet_invalidToken_isRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ input, want string }{
		{"", "the token is empty"},
		{"\n", "the token is empty"},
		{" padded", "begins or ends with space"},
		{"two\nlines\n", "holds a line break or another control character"},
		{strings.Repeat("x", 4097), "is longer than the 4096 bytes that SSM takes"},
	} {
		r := w.run(t, c.input, "token", "set")
		assert.Equal(t, 1, r.status, "%.20q", c.input)
		assert.Contains(t, r.stderr, c.want)
	}
	wrong := w.run(t, "", "token", "set", "--print")
	assert.Equal(t, 2, wrong.status)
	assert.Contains(t, wrong.stderr, "--print goes with --generate")
}

func TestRotate_endsWhenTheAPIAcceptsTheToken(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	require.Zero(t, w.run(t, "", "send").status)
	rotated := w.run(t, "", "token", "rotate", "--generate", "--print", "--json")
	require.Zero(t, rotated.status, rotated.stderr)
	var state struct {
		Token   string `json:"token"`
		Version int    `json:"version"`
	}
	require.NoError(t, json.Unmarshal([]byte(rotated.stdout), &state))
	assert.Len(t, state.Token, 43, "256 bits in base64")
	assert.Contains(t, rotated.stderr, "the API accepts it, ")
	assert.Equal(t, 2, state.Version)
	assert.Zero(t, w.run(t, "", "send").status, "it is read from SSM")
	w.env["TOKEN"] = "local-dev-token"
	assert.Equal(t, 3, w.run(t, "", "send").status, "the old one is not accepted any more")
	assert.Equal(t, 2, w.server.SQS.Counts(fakeaws.LocalQueue).Visible, "two payloads were queued, and no probe")
}

func TestRotate_withOverlap_oldTokenIsAcceptedUntilRevoked(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	rotated := w.run(t, "", "token", "rotate", "--generate", "--overlap", "24h", "--json")
	require.Zero(t, rotated.status, rotated.stderr)
	assert.Contains(t, rotated.stderr, "the API's TOKEN_OVERLAP is 24h0m0s or more; ingestctl token revoke-previous ends that at once")
	assert.Contains(t, rotated.stdout, `"previous_until": "20`)
	require.Zero(t, w.run(t, "", "send").status, "the new one, from SSM")
	w.env["TOKEN"] = "local-dev-token"
	require.Zero(t, w.run(t, "", "send").status, "the old one")

	revoked := w.run(t, "", "token", "revoke-previous")
	require.Zero(t, revoked.status, revoked.stderr)
	golden(t, "token-revoked", revoked.stdout)
	require.Eventually(t, func() bool { return w.run(t, "", "send").status == 3 }, 20*time.Second, 100*time.Millisecond)
	again := w.run(t, "", "token", "revoke-previous", "--json")
	require.Zero(t, again.status, again.stderr)
	assert.Contains(t, again.stdout, `"revoked_version": 0`)
	assert.Equal(t, 2, w.run(t, "", "token", "rotate", "--generate", "--overlap", "721h").status)
}

func TestRotate_apiRefusesTheToken_fails(t *testing.T) {
	w := newWorld(t)
	r := w.run(t, "", "token", "rotate", "--generate", "--timeout", "100ms")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "the token is set, but the API has not accepted it within 100ms (no answer: ")
}

func TestRotate_apiUnreachable_printsTheToken(t *testing.T) {
	w := newWorld(t)
	r := w.run(t, "", "token", "rotate", "--generate", "--print", "--timeout", "100ms")
	assert.Equal(t, 1, r.status)
	token, _, _ := strings.Cut(r.stdout, "\n")
	assert.Len(t, token, 43, "it is printed, though the wait failed")
	asJSON := w.run(t, "", "token", "rotate", "--generate", "--print", "--timeout", "100ms", "-o", "json")
	assert.Equal(t, 1, asJSON.status)
	assert.Regexp(t, `"token": "[\w-]{43}"`, asJSON.stdout)
}

func TestVersion_namesTheRevision(t *testing.T) {
	if info, err := os.Stat("../../../.git"); err != nil || !info.IsDir() {
		skip(t, "the go command records a revision only in a checkout whose .git is a folder")
	}
	program := filepath.Join(t.TempDir(), "ingestctl")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=true", "-o", program, "github.com/ingest-iac/ingest/services/ingestctl")
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, args := range []string{"--version", "version"} {
		printed, err := exec.CommandContext(t.Context(), program, args).Output()
		require.NoError(t, err)
		assert.Regexp(t, `^ingestctl \S+ \(revision [0-9a-f]{40}( with changes)?, committed \d{4}-\d{2}-\d{2}T[\d:]+Z, go`, string(printed))
	}
}

func TestToken_missingParameter_isNamed(t *testing.T) {
	w := newWorld(t)
	for _, args := range []string{"token check", "token set --generate"} {
		r := w.run(t, "", append(strings.Fields(args), "--token-parameter", "/other/prod/token")...)
		assert.Equal(t, 1, r.status)
		golden(t, "token-missing", r.stdout+r.stderr)
	}
	assert.NotContains(t, w.run(t, "", "token", "check", "--token-parameter", "/other").stderr, "operation error")
	debug := w.run(t, "", "token", "check", "--token-parameter", "/other", "--debug").stderr
	assert.Contains(t, debug, "debug: reading the parameter /other: operation error SSM: GetParameter")
	w.env["INGEST_ENDPOINT"] = "http://127.0.0.1:1"
	r := w.run(t, "", "token", "check")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "next: nothing answers on http://127.0.0.1:1: start the pipeline with `make run`, or name a stack with --stack")
}
