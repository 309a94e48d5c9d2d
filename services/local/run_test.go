package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// start runs the program until the test or stop ends it.
func start(t *testing.T, environ map[string]string, args ...string) (out *proctest.Log, stop func() int) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, value := range environ {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out = &proctest.Log{}
	status := make(chan int, 1)
	go func() { status <- run(ctx, args, out, out) }()
	stop = sync.OnceValue(func() int { cancel(); return <-status })
	t.Cleanup(func() { stop() })
	return out, stop
}

func post(t *testing.T, url, body string) (status int, answer map[string]any) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Post(url, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer
}

func TestPost_becomesAFile(t *testing.T) {
	out, stop := start(t, map[string]string{"API_PORT": "0", "AWS_PORT": "0", "DATA_DIR": "data"})
	api := out.Match(t, `api +(http://\S+)/ingest`)
	body := out.Match(t, `(?m)-d '(\{.*\})'$`)

	status, answer := post(t, api+"/ingest", body)

	require.Equal(t, http.StatusOK, status, answer)
	id, _ := answer["message_id"].(string)
	pattern := filepath.Join("data", "emails", "v1", "local", "*", "*", "*", "1693561101_msgid="+id+".json")
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(pattern)
		return len(files) == 1
	}, 10*time.Second, 5*time.Millisecond, pattern)
	stored, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(stored, &object))
	assert.Equal(t, message.Example().Content, object["email_content"])
	out.Match(t, `(worker stored message_id=`+id+`)`)

	assert.Zero(t, stop())
	assert.True(t, strings.HasSuffix(out.String(), "Stopped.\n"), out.String())
	assert.FileExists(t, files[0], "objects outlive the program")
}

func TestPost_longTimestampOrRemovedDirectory_isStored(t *testing.T) {
	out, _ := start(t, map[string]string{"API_PORT": "0", "AWS_PORT": "0", "DATA_DIR": "data"})
	api := out.Match(t, `api +(http://\S+)/ingest`)
	for _, timestamp := range []string{strings.Repeat("1", 512), "7"} {
		require.NoError(t, os.RemoveAll("data"))
		status, answer := post(t, api+"/ingest", strings.Replace(payload("local-dev-token"), "1693561101", timestamp, 1))
		require.Equal(t, http.StatusOK, status, answer)
		out.Match(t, `(worker stored message_id=`+answer["message_id"].(string)+`)`)
	}
}

func TestWorkerHealth_portIsTaken_usesAnother(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	out, _ := start(t, map[string]string{"API_PORT": "0", "AWS_PORT": "0", "WORKER_HEALTH_PORT": port, "DATA_DIR": "data"})
	worker := out.Match(t, `INGEST_WORKER_URL=(http://127\.0\.0\.1:\d+)`)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(worker + "/healthz")
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestSignal_firstStopsInOrder_secondAtOnce(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("again %t", again), func(t *testing.T) {
			out := &proctest.Log{}
			command := exec.CommandContext(t.Context(), proctest.Build(t, "local"))
			command.Dir, command.Stdout, command.Stderr = t.TempDir(), out, out
			command.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0")
			require.NoError(t, command.Start())
			out.Match(t, `AWS +(http://\S+)`)
			if again {
				poison(t, out) // the worker is given time to store it
			}
			require.NoError(t, command.Process.Signal(os.Interrupt))
			out.Match(t, `api +(stopping serving_for=0s)`)
			if !again {
				require.NoError(t, command.Wait())
				assert.Contains(t, out.String(), "Stopped.")
				return
			}
			require.NoError(t, command.Process.Signal(os.Interrupt))
			var ended *exec.ExitError
			require.ErrorAs(t, command.Wait(), &ended)
			status, ok := ended.Sys().(syscall.WaitStatus)
			require.True(t, ok)
			assert.Equal(t, syscall.SIGINT, status.Signal())
			assert.NotContains(t, out.String(), "Stopped.")
		})
	}
}

// poison puts a message that cannot be stored into the queue.
func poison(t *testing.T, out *proctest.Log) {
	t.Helper()
	client := sqs.New(sqs.Options{
		Region: fakeaws.Region, BaseEndpoint: aws.String(out.Match(t, `AWS +(http://\S+)`)),
		Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""),
		HTTPClient:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	queue, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(fakeaws.LocalQueue)})
	require.NoError(t, err)
	_, err = client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String("no object")})
	require.NoError(t, err)
}

func TestToken_other_isRefused(t *testing.T) {
	out, _ := start(t, map[string]string{"API_PORT": "0", "AWS_PORT": "0", "BOOTSTRAP_TOKEN": "it's-mine"})
	api := out.Match(t, `api +(http://\S+)/ingest`)
	for token, status := range map[string]int{"it's-mine": http.StatusOK, "local-dev-token": http.StatusForbidden} {
		got, answer := post(t, api+"/ingest", payload(token))
		assert.Equal(t, status, got, answer)
	}
}

func TestPorts_taken_areNamedWithTheirSettings(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	port := strconv.Itoa(portOf(taken))

	out, stop := start(t, map[string]string{"API_PORT": port, "AWS_PORT": port})

	out.Match(t, `(port `+port+` is taken by another program; set API_PORT to a free one, as in API_PORT=\d+ make run)`)
	out.Match(t, `(set AWS_PORT to a free one)`)
	assert.Equal(t, 1, stop())
	assert.NoDirExists(t, ".local", "nothing is made before both ports are had")
}

func TestOnlyAWS_servesAndIsHealthy(t *testing.T) {
	out, stop := start(t, map[string]string{"AWS_PORT": "0"}, "--only-aws")
	port := out.Match(t, `listens on port (\d+)`)
	assert.NotContains(t, out.String(), "curl", "there is no api to call")

	t.Setenv("AWS_PORT", port)
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"healthcheck"}, &stdout, &stderr), stderr.String())

	assert.Zero(t, stop())
	assert.Equal(t, 1, run(t.Context(), []string{"healthcheck"}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "asking for health")
}

func TestSettings_wrong_areNamedTogether(t *testing.T) {
	out, stop := start(t, map[string]string{"API_PORT": "x", "AWS_PORT": "70000", "BOOTSTRAP_TOKEN": "a b"})
	assert.Equal(t, 2, stop())
	assert.Equal(t, `local: 3 settings are wrong:
  API_PORT is "x"; allowed is a whole number from 0 to 65535
  AWS_PORT is "70000"; allowed is a whole number from 0 to 65535
  BOOTSTRAP_TOKEN is "a b"; allowed is 1 to 1000 characters without spaces
`, out.String())
}

func TestArguments_versionAndUnknown(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--version"}, &stdout, &stderr))
	assert.Regexp(t, `^local `, stdout.String())
	assert.Equal(t, 2, run(t.Context(), []string{"--wrong"}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "unknown flag --wrong")
}

func TestDataDir_isAFile_isNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	out, stop := start(t, map[string]string{"API_PORT": "0", "AWS_PORT": "0", "DATA_DIR": file})
	assert.Equal(t, 1, stop())
	assert.Contains(t, out.String(), `DATA_DIR is "`+file+`"`)
}
