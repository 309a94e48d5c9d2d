package ingestctl

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// overwriteToken sets the token behind ingestctl's back.
func (w *world) overwriteToken(t *testing.T, value string) {
	t.Helper()
	_, err := ssm.NewFromConfig(w.server.Config()).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(fakeaws.LocalParameter), Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
}

func TestVerify_followsAPayloadIntoTheBucket(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	w.worker(t)
	verified := w.run(t, "", "verify")
	require.Zero(t, verified.status, verified.stderr)
	golden(t, "verify", verified.stdout)
	asJSON := w.run(t, "", "verify", "--json")
	require.Zero(t, asJSON.status)
	golden(t, "verify-json", asJSON.stdout)

	listed := w.run(t, "", "objects", "ls")
	require.Zero(t, listed.status, listed.stderr)
	golden(t, "objects-ls", listed.stdout)
	_, line, _ := strings.Cut(verified.stdout, "accepted ")
	_, id, _ := strings.Cut(line, "ms  ")
	id, _, _ = strings.Cut(id, "\n")
	content := w.run(t, "", "objects", "cat", id)
	require.Zero(t, content.status, content.stderr)
	assert.Contains(t, content.stdout, `{"email_subject": "ingestctl verify `)
}

func TestVerify_stepFails_namesIt(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	stored := w.run(t, "", "verify", "--timeout", "300ms")
	assert.Equal(t, 4, stored.status)
	golden(t, "verify-not-stored", stored.stdout+stored.stderr)

	w.env["TOKEN"] = "another"
	accepted := w.run(t, "", "verify")
	assert.Equal(t, 3, accepted.status)
	golden(t, "verify-not-accepted", accepted.stdout+accepted.stderr)
}

func TestVerify_apiOnly(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	// No call of AWS may be needed.
	w.env["INGEST_ENDPOINT"] = "http://127.0.0.1:1"
	leftOut := w.run(t, "", "verify", "--api-only")
	assert.Zero(t, leftOut.status, leftOut.stderr)
	golden(t, "verify-api-only", leftOut.stdout)
	assert.Zero(t, w.server.SQS.Counts(fakeaws.LocalQueue).Visible, "nothing is queued without a token")

	w.env["INGEST_TOKEN"] = "local-dev-token"
	accepted := w.run(t, "", "verify", "--api-only", "-o", "json")
	assert.Zero(t, accepted.status, accepted.stderr)
	golden(t, "verify-api-only-json", accepted.stdout)
	assert.Equal(t, 1, w.server.SQS.Counts(fakeaws.LocalQueue).Visible)
}

func TestVerify_apiWithoutChecks_fails(t *testing.T) {
	w := newWorld(t)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }))
	t.Cleanup(api.Close)
	w.env["API_URL"] = api.URL
	r := w.run(t, "", "verify", "--api-only")
	assert.Equal(t, 7, r.status)
	assert.Contains(t, r.stdout, "refused   FAILED   a request with no token has to be answered 401; the answer is 200 \n")
}

func TestVerify_apiHasTrouble_isUnhealthy(t *testing.T) {
	w := newWorld(t)
	failures := 1
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			return
		}
		body, _ := io.ReadAll(r.Body)
		switch {
		case failures > 0:
			failures--
			w.WriteHeader(http.StatusBadGateway)
		case strings.Contains(string(body), `"token":""`):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"detail":"Failed to retrieve token"}`)
		}
	}))
	t.Cleanup(api.Close)
	w.env["API_URL"] = api.URL
	r := w.run(t, "", "verify", "--api-only", "--attempts", "2")
	assert.Equal(t, 6, r.status)
	assert.Zero(t, failures, "one 502 is asked again")
	assert.Contains(t, r.stdout, "healthy   FAILED   a request with a wrong token has to be answered 403; the answer is 500 Failed to retrieve token\n")
}

func TestVerify_apiStarts_isAwaited(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz" && asked.Add(1) == 1:
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/ingest":
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[strings.Contains(string(body), `"token":""`)])
		}
	}))
	t.Cleanup(api.Close)
	w.env["API_URL"] = api.URL
	r := w.run(t, "", "verify", "--api-only")
	assert.Zero(t, r.status, r.stdout)
	assert.EqualValues(t, 2, asked.Load())
	assert.Contains(t, r.stderr, "waiting for the API: asking for health: the answer is 502 Bad Gateway\n")

	w.env["API_URL"] = "http://127.0.0.1:1"
	down := w.run(t, "", "verify", "--api-only", "--timeout", "50ms")
	assert.Equal(t, 6, down.status)
	assert.Contains(t, down.stdout, "healthy   FAILED   not within 50ms: asking for health: ")
	assert.Contains(t, down.stderr, "next: nothing answers on http://127.0.0.1:1: start the pipeline with `make run`")
}

func TestPlainHTTP_token_isWarnedOf(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	assert.NotContains(t, w.run(t, "", "send").stderr, "plain HTTP", "the request stays on this machine")
	backend, err := url.Parse(w.env["API_URL"])
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(backend) }})
	t.Cleanup(proxy.Close)
	w.env["HTTP_PROXY"], w.env["API_URL"] = proxy.URL, "http://ingest.example.com"
	for _, args := range []string{"send", "bulk --generate --count 1 --yes", "token rotate --generate", "verify --timeout 500ms"} {
		r := w.run(t, "", strings.Fields(args)...)
		assert.Equal(t, 1, strings.Count(r.stderr, "warning: the token is sent over plain HTTP to http://ingest.example.com"), "%s: %s", args, r.stderr)
	}
}

func TestObjects_missing_areErrors(t *testing.T) {
	w := newWorld(t)
	for args, want := range map[string]string{
		"objects ls --day 2020-02-01":                          "0 under emails/v1/local/2020/02/01/\n",
		"objects ls --day yesterday":                           `--day is "yesterday"; allowed is a date such as 2006-01-02`,
		"objects ls --limit=-1":                                "--limit is -1; allowed is 0 or more",
		"objects cat --day 2020-02-01 m-1":                     "message m-1: there is no such object under emails/v1/local/2020/02/01/: --day names another day, and ingestctl objects ls --day DATE lists it",
		"objects cat emails/v1/local/2020/02/01/1_msgid=.json": "reading s3://ingest-local/emails/v1/local/2020/02/01/1_msgid=.json: there is no such object",
		"objects ls --bucket other-bucket":                     "next: it is not there: start the pipeline with `make run`",
	} {
		r := w.run(t, "", strings.Fields(args)...)
		assert.Contains(t, r.stdout+r.stderr, want, args)
		assert.Equal(t, strings.HasPrefix(want, "0 under"), r.status == 0, args)
	}
}

func TestCompletion_shell_completesCommandsAndFlags(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		skip(t, "bash is not installed")
	}
	w := newWorld(t)
	script := w.run(t, "", "completion", "bash")
	require.Zero(t, script.status)
	command := w.start(t, script.stdout+`
COMP_WORDS=("$INGESTCTL" token ""); COMP_CWORD=2; _ingestctl; echo "${COMPREPLY[@]}"
COMP_WORDS=("$INGESTCTL" objects ls --da); COMP_CWORD=3; _ingestctl; echo "${COMPREPLY[@]}"`)
	command.Env = append(command.Env, "INGESTCTL="+command.Path)
	command.Path, command.Args = bash, []string{"bash"}
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Equal(t, "set check rotate revoke-previous\n--day\n", string(output))
}
