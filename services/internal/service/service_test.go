package service

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loaded is the settings of the programs under test.
type loaded struct {
	Settings
	Port int `env:"INGEST_TEST_PORT" envDefault:"1" min:"1" max:"65535"`
}

func run(t *testing.T, serve func(context.Context, loaded, Options) error, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("SQS_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/name")
	var out, err bytes.Buffer
	s := Program[loaded]{
		Name: "api", Serve: serve,
		HealthPort: func(s loaded) int { return s.Port },
	}
	status = s.Run(t.Context(), args, &out, &err)
	return status, out.String(), err.String()
}

func serving(err error) func(context.Context, loaded, Options) error {
	return func(context.Context, loaded, Options) error { return err }
}

func TestRun_versionOrHelp_exitsZero(t *testing.T) {
	status, stdout, stderr := run(t, serving(nil), "--version")
	assert.Zero(t, status)
	assert.True(t, strings.HasPrefix(stdout, "api dev (revision unknown"), stdout)
	assert.Empty(t, stderr)

	status, stdout, _ = run(t, serving(nil), "--help")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "healthcheck")
}

func TestRun_wrongArguments_exitsTwo(t *testing.T) {
	for args, want := range map[string]string{
		"--loud":            "-loud",
		"sleep":             `unknown argument "sleep"`,
		"healthcheck now":   `unknown argument "now"`,
		"serve healthcheck": `unknown argument "healthcheck"`,
	} {
		status, _, stderr := run(t, serving(nil), strings.Fields(args)...)
		assert.Equal(t, ExitUsage, status, args)
		assert.Contains(t, stderr, want)
		assert.Contains(t, stderr, "(see api --help)")
	}
}

func TestRun_wrongSettingsExitTwo_otherErrorsOne(t *testing.T) {
	wrong := &settings.Error{Faults: []settings.Fault{{Name: "PORT", Problem: "is \"x\""}}}
	status, _, stderr := run(t, serving(wrong))
	assert.Equal(t, ExitUsage, status)
	assert.Equal(t, "api: 1 setting is wrong:\n  PORT is \"x\"\n", stderr)

	status, _, stderr = run(t, serving(errors.New("listening on port 8000")))
	assert.Equal(t, ExitError, status)
	assert.Equal(t, "api: listening on port 8000\n", stderr)
}

func TestServe_getsSettingsAndLogger(t *testing.T) {
	t.Setenv("INGEST_TEST_PORT", "1234")
	t.Setenv("LOG_LEVEL", "warn")
	status, stdout, _ := run(t, func(_ context.Context, s loaded, o Options) error {
		o.Logger.Info("not logged")
		o.Logger.Warn("serving", "port", s.Port, "region", s.Region)
		return nil
	})
	assert.Zero(t, status)
	assert.Contains(t, stdout, `"port":1234,"region":"eu-west-1"`)
	assert.NotContains(t, stdout, "not logged")
	assert.Contains(t, stdout, `"service":"api"`)
}

func TestServe_sigterm_ends(t *testing.T) {
	status, _, _ := run(t, func(ctx context.Context, _ loaded, _ Options) error {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	assert.Zero(t, status)
}

func TestHealthcheck_asksThePortInTheSettings(t *testing.T) {
	code := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/healthz", r.URL.Path)
		w.WriteHeader(code)
	}))
	defer server.Close()
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	t.Setenv("INGEST_TEST_PORT", at.Port())

	status, _, _ := run(t, nil, "healthcheck")
	assert.Zero(t, status)

	code = http.StatusServiceUnavailable
	status, _, stderr := run(t, nil, "healthcheck")
	assert.Equal(t, ExitError, status)
	assert.Contains(t, stderr, "503")
}

func TestHealthcheck_invalidPort_isAnError(t *testing.T) {
	t.Setenv("INGEST_TEST_PORT", "x")
	status, _, stderr := run(t, nil, "healthcheck")
	assert.Equal(t, ExitUsage, status)
	assert.Contains(t, stderr, "INGEST_TEST_PORT")
}
