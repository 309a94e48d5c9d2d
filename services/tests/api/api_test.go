// Package api tests the real api program against the fake AWS: faults of AWS, slow
// and malicious clients, wrong settings.
package api

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(attackVariable); name != "" {
		attackMain(name, os.Getenv(addressVariable), os.Stdin, os.Stdout)
		return
	}
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

// world is a fake AWS and an api that uses it.
type world struct {
	aws *fakeaws.Server
	ssm *ssm.Client
	api *proctest.Program
}

func newWorld(t *testing.T, more map[string]string) *world {
	t.Helper()
	server, err := fakeaws.Start(fakeaws.Options{Faults: faults.New(1)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	seeded, err := server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	environ := map[string]string{
		"AWS_REGION": fakeaws.Region, "AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"SSM_TOKEN_PARAM": fakeaws.LocalParameter, "SQS_QUEUE_URL": seeded.QueueURL, "AWS_MAX_RETRIES": "2",
	}
	for name, value := range more {
		environ[name] = value
	}
	return &world{
		aws: server, ssm: ssm.NewFromConfig(server.Config()),
		api: proctest.Launch(t, "api", "PORT", environ),
	}
}

func (w *world) put(t *testing.T, value string) {
	t.Helper()
	_, err := w.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(fakeaws.LocalParameter), Value: aws.String(value), Overwrite: aws.Bool(true),
		Type: types.ParameterTypeSecureString,
	})
	require.NoError(t, err)
}

func post(url, token, content string) (*http.Response, error) {
	body := fmt.Sprintf(`{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":%q},"token":%q}`, content, token)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	return response, err
}

func (w *world) status(t *testing.T, token string) int {
	t.Helper()
	response, err := post(w.api.URL("/ingest"), token, "c")
	require.NoError(t, err)
	return response.StatusCode
}

func TestToken_rotated_isAcceptedAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	assert.Equal(t, 200, w.status(t, fakeaws.LocalToken))
	w.put(t, "rotated-secret")
	assert.Equal(t, 200, w.status(t, "rotated-secret"))
	assert.Equal(t, 403, w.status(t, fakeaws.LocalToken))
	w.put(t, "CHANGEME")
	require.Eventually(t, func() bool { return w.status(t, "x") == 403 && w.status(t, "CHANGEME") == 403 }, 5*time.Second, 100*time.Millisecond)
	assert.NotContains(t, w.api.Log.String(), "rotated-secret")
}

func TestToken_ssmDown_lastValidIsAcceptedUnlessDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"TOKEN_TTL": "1s"})
	assert.Equal(t, 200, w.status(t, fakeaws.LocalToken))
	up := w.aws.Faults.Down("ssm.*")
	require.Eventually(t, func() bool { return strings.Contains(w.api.Log.String(), "token cannot be read") }, 20*time.Second, 50*time.Millisecond)
	assert.Equal(t, 200, w.status(t, fakeaws.LocalToken))
	up()
	require.Eventually(t, func() bool { return strings.Contains(w.api.Log.String(), "token can be read again") }, 20*time.Second, 50*time.Millisecond)

	_, err := w.ssm.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: aws.String(fakeaws.LocalParameter)})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.status(t, fakeaws.LocalToken) == 500 }, 10*time.Second, 100*time.Millisecond)
}

func TestToken_ssmDownFromTheStart_cannotBeRetrieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.api.Kill()
	w.aws.Faults.Down("ssm.*")
	w.api.Start()
	assert.Equal(t, 500, w.status(t, fakeaws.LocalToken))
}

func TestSIGTERM_underLoad_acceptedRequestsAreAnswered(t *testing.T) {
	w := newWorld(t, nil)
	w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 50 * time.Millisecond}})
	var accepted, refused atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				response, err := post(w.api.URL("/ingest"), fakeaws.LocalToken, "c")
				switch {
				case err != nil:
					// The port is closed: nothing was accepted.
					return
				case response.StatusCode == http.StatusOK:
					accepted.Add(1)
				default:
					refused.Add(1)
				}
			}
		})
	}
	require.Eventually(t, func() bool { return accepted.Load() > 200 }, 20*time.Second, 10*time.Millisecond)
	took, status := w.api.Stop()
	close(stop)
	clients.Wait()
	assert.Zero(t, status)
	assert.Less(t, took, 25*time.Second)
	assert.Zero(t, refused.Load())
	assert.GreaterOrEqual(t, int64(len(w.aws.SQS.Messages(fakeaws.LocalQueue))), accepted.Load())
}

func TestQueueFails_is500AndTheNextRequestIsServed(t *testing.T) {
	w := newWorld(t, nil)
	up := w.aws.Faults.Down("sqs.SendMessage*")
	assert.Equal(t, 500, w.status(t, fakeaws.LocalToken))
	up()
	assert.Equal(t, 200, w.status(t, fakeaws.LocalToken))
}

func TestSettings_wrong_areNamedWithStatusTwo(t *testing.T) {
	command := exec.CommandContext(t.Context(), proctest.Build(t, "api"))
	command.Env, command.Dir = []string{"AWS_REGION=Mars", "PORT=http", "TOKEN_TTL=0s"}, t.TempDir()
	output, err := command.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 2, command.ProcessState.ExitCode())
	for _, name := range []string{`AWS_REGION is "Mars"`, `PORT is "http"`, `TOKEN_TTL is "0s"`, "SQS_QUEUE_URL is not set", "SSM_TOKEN_PARAM is not set"} {
		assert.Contains(t, string(output), name)
	}
}

func TestDotEnv_fillsWhatIsUnset(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/.env", []byte("AWS_REGION=us-east-1\nPORT=none\n"), 0o600))
	command := exec.CommandContext(t.Context(), proctest.Build(t, "api"))
	command.Env, command.Dir = []string{"SQS_QUEUE_URL=https://host/1/q", "SSM_TOKEN_PARAM=/t"}, dir
	output, err := command.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, "api: 1 setting is wrong:\n  PORT is \"none\"; allowed is a whole number from 1 to 65535\n", string(output))
}

func TestSubcommands_healthcheckAndVersion(t *testing.T) {
	w := newWorld(t, nil)
	check := func(port string) error {
		command := exec.CommandContext(t.Context(), proctest.Build(t, "api"), "healthcheck")
		command.Env = []string{
			"PORT=" + port, "AWS_REGION=us-east-1", "SQS_QUEUE_URL=https://host/1/q", "SSM_TOKEN_PARAM=/t",
		}
		return command.Run()
	}
	require.NoError(t, check(fmt.Sprint(w.api.Port)))
	require.Error(t, check(fmt.Sprint(proctest.FreePort(t))))
	output, err := exec.CommandContext(t.Context(), proctest.Build(t, "api"), "--version").Output()
	require.NoError(t, err)
	// Without git, or with -buildvcs=false in GOFLAGS, the revision is not known.
	assert.Regexp(t, `^api dev \(revision (unknown|[0-9a-f]{40})`, string(output))
}
