package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, s Program, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, err bytes.Buffer
	status = s.Run(t.Context(), args, &out, &err)
	return status, out.String(), err.String()
}

func serving(err error) Program {
	return Program{Name: "api", Serve: func(context.Context, map[string]string, io.Writer) error { return err }}
}

func TestVersionAndHelpExitZero(t *testing.T) {
	status, stdout, stderr := run(t, serving(nil), "--version")
	assert.Zero(t, status)
	assert.True(t, strings.HasPrefix(stdout, "api dev (revision unknown"), stdout)
	assert.Empty(t, stderr)

	status, stdout, _ = run(t, serving(nil), "--help")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "healthcheck")
}

func TestWrongArgumentsExitTwo(t *testing.T) {
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

func TestWrongSettingsExitTwoAndOtherErrorsOne(t *testing.T) {
	wrong := &settings.Error{Faults: []settings.Fault{{Name: "PORT", Problem: "is \"x\""}}}
	status, _, stderr := run(t, serving(wrong))
	assert.Equal(t, ExitUsage, status)
	assert.Equal(t, "api: 1 setting is wrong:\n  PORT is \"x\"\n", stderr)

	status, _, stderr = run(t, serving(errors.New("listening on port 8000")))
	assert.Equal(t, ExitError, status)
	assert.Equal(t, "api: listening on port 8000\n", stderr)
}

func TestServeSeesTheEnvironment(t *testing.T) {
	t.Setenv("INGEST_TEST", "seen")
	var got string
	status, _, _ := run(t, Program{Name: "api", Serve: func(_ context.Context, environ map[string]string, _ io.Writer) error {
		got = environ["INGEST_TEST"]
		return nil
	}})
	assert.Zero(t, status)
	assert.Equal(t, "seen", got)
}

func TestSIGTERMEndsServe(t *testing.T) {
	status, _, _ := run(t, Program{Name: "api", Serve: func(ctx context.Context, _ map[string]string, _ io.Writer) error {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}})
	assert.Zero(t, status)
}

func TestHealthcheckAsksThePortInTheSettings(t *testing.T) {
	code := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/healthz", r.URL.Path)
		w.WriteHeader(code)
	}))
	defer server.Close()
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	port, err := strconv.Atoi(at.Port())
	require.NoError(t, err)
	service := Program{Name: "worker", HealthPort: func(map[string]string) (int, error) { return port, nil }}

	status, _, _ := run(t, service, "healthcheck")
	assert.Zero(t, status)

	code = http.StatusServiceUnavailable
	status, _, stderr := run(t, service, "healthcheck")
	assert.Equal(t, ExitError, status)
	assert.Contains(t, stderr, "503")
}

func TestHealthcheckNeedsAPortThatIsOne(t *testing.T) {
	service := Program{Name: "worker", HealthPort: func(map[string]string) (int, error) {
		return 0, &settings.Error{Faults: []settings.Fault{{Name: "HEALTH_PORT", Problem: "is \"x\""}}}
	}}
	status, _, stderr := run(t, service, "healthcheck")
	assert.Equal(t, ExitUsage, status)
	assert.Contains(t, stderr, "HEALTH_PORT")
}
