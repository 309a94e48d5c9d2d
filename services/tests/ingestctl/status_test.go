package ingestctl

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// digest is one of an image.
const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// deployment is one deployment of a service in ECS.
func deployment(status, taskDefinition, rollout, reason string) map[string]any {
	return map[string]any{
		"status": status, "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/" + taskDefinition,
		"rolloutState": rollout, "rolloutStateReason": reason, "runningCount": 1, "desiredCount": 1, "failedTasks": 2,
		"createdAt": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix(),
	}
}

// deployedWithLogs is the stack prod with services in ECS that have logged.
func deployedWithLogs(t *testing.T) (*world, *cloud) {
	t.Helper()
	c := emptyCloud()
	c.age = func(queue string) time.Duration {
		if queue == fakeaws.LocalQueue {
			return 95 * time.Second
		}
		return -1
	}
	c.service = func(arn string) map[string]any {
		return map[string]map[string]any{
			apiARN: {"desiredCount": 2, "runningCount": 2, "deployments": []any{deployment("PRIMARY", "ingest-prod-api:7", "COMPLETED", "")}},
			workerARN: {"desiredCount": 1, "runningCount": 0, "deployments": []any{
				deployment("PRIMARY", "ingest-prod-worker:3", "FAILED", "ECS deployment circuit breaker: tasks failed to start."),
			}},
		}[arn]
	}
	c.tasks = func(arn string) []string { return map[string][]string{apiARN: {digest, digest}}[arn] }
	w := newWorldOf(t, fakeaws.Options{Services: c.services()})
	w.deployed(t)
	now := time.Now()
	c.log("/ingest-prod/api", now.Add(-2*time.Hour), `{"time":"t","level":"ERROR","msg":"long ago"}`)
	c.log("/ingest-prod/api", now.Add(-5*time.Minute), `{"time":"t","level":"INFO","msg":"request","status":200,"path":"/ingest"}`)
	c.log("/ingest-prod/api", now.Add(-4*time.Minute), `{"time":"t","level":"WARN","msg":"serving the last good token"}`)
	c.log("/ingest-prod/worker", now.Add(-4*time.Minute), `{"time":"t","level":"WARN","msg":"storing","message_id":"m-0","error":"timeout"}`)
	c.log("/ingest-prod/worker", now.Add(-3*time.Minute), `{"MessagesStored":1,"Service":"worker","_aws":{"Timestamp":1,"CloudWatchMetrics":[{}]}}`)
	c.log("/ingest-prod/worker", now.Add(-3*time.Minute), `{"time":"t","level":"ERROR","msg":"message is poison","error":"no JSON"}`)
	c.log("/ingest-prod/worker", now.Add(-2*time.Minute), "panic: not JSON")
	for range 2 {
		c.log("/ingest-prod/worker", now.Add(-20*time.Second), `{"time":"t","level":"WARN","msg":"storing","message_id":"m-1","error":"access denied"}`)
	}
	c.log("/ingest-prod/worker", now.Add(-10*time.Second), `{"time":"t","level":"WARN","msg":"storing","message_id":"m-2","error":"access denied"}`)
	return w, c
}

func TestStatus_deployment_fitsOneScreen(t *testing.T) {
	w, _ := deployedWithLogs(t)
	require.Zero(t, w.run(t, "", "--stack", "prod", "send").status)
	status := w.run(t, "", "--stack", "prod", "status")
	assert.Equal(t, 6, status.status, "a rollout has failed")
	golden(t, "status", status.stdout)

	var snapshot map[string]any
	asJSON := w.run(t, "", "--stack", "prod", "status", "--json")
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &snapshot))
	assert.InDelta(t, 1, snapshot["queue"].(map[string]any)["visible"], 0)
	assert.Len(t, snapshot["services"], 2)
	assert.Equal(t, false, snapshot["healthy"])
	worker := snapshot["worker"].(map[string]any)
	assert.InDelta(t, 2, worker["retrying"], 0, "two messages, one of which was tried twice")
	assert.Equal(t, "access denied", worker["last_failure"])
}

func TestStatus_thousandsOfErrors_areCounted(t *testing.T) {
	w, c := deployedWithLogs(t)
	now := time.Now()
	for i := range 4000 {
		c.log("/ingest-prod/api", now, fmt.Sprintf(`{"level":"ERROR","msg":"error %d"}`, i))
	}
	status := w.run(t, "", "--stack", "prod", "status")
	assert.Contains(t, status.stdout, ": 4000, the last 5:\n")
	assert.Contains(t, status.stdout, "error 3999")
	for i := range 7000 {
		c.log("/ingest-prod/api", now, fmt.Sprintf(`{"level":"ERROR","msg":"error %d"}`, i))
	}
	assert.Contains(t, w.run(t, "", "--stack", "prod", "status").stdout, ": at least 10000, the last 5:\n")
}

func TestStatus_local(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	w.env["INGEST_WORKER_URL"] = w.worker(t).URL("")
	status := w.run(t, "", "status")
	require.Zero(t, status.status, status.stderr)
	golden(t, "status-local", status.stdout)
}

func TestStatus_workerRetries(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	worker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/healthz", r.URL.Path)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"status":"stalled","detail":"nothing was polled for 90 s","in_flight":6,"retrying":2,
			"last_failure":"storing: AccessDenied: Access Denied","last_failure_at":"2026-01-02T03:04:05Z"}`)
	}))
	t.Cleanup(worker.Close)
	w.env["INGEST_WORKER_URL"] = worker.URL
	status := w.run(t, "", "status")
	assert.Equal(t, 6, status.status)
	golden(t, "status-retrying", status.stdout)
	var snapshot struct {
		Worker struct {
			Retrying    int
			InFlight    int    `json:"in_flight"`
			LastFailure string `json:"last_failure"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(w.run(t, "", "status", "--json").stdout), &snapshot))
	assert.Equal(t, 2, snapshot.Worker.Retrying)
	assert.Equal(t, 6, snapshot.Worker.InFlight)
	assert.Equal(t, "storing: AccessDenied: Access Denied", snapshot.Worker.LastFailure)
}

func TestStatus_apiDown_failsAndShowsTheRest(t *testing.T) {
	w := newWorld(t)
	w.env["INGEST_WORKER_URL"] = "http://127.0.0.1:1"
	down := w.run(t, "", "status")
	assert.Equal(t, 6, down.status)
	assert.Contains(t, down.stdout, "api     NOT HEALTHY: asking for health: ")
	assert.Contains(t, down.stdout, "queue   0 waiting, 0 in flight\n")
	assert.Contains(t, down.stdout, "worker  not known: asking for health: ")
	assert.NotContains(t, down.stdout, "retrying", "nothing is known of the worker")
}

func TestStatus_withoutSQS_showsTheRest(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	w.env["INGEST_WORKER_URL"] = w.worker(t).URL("")
	w.env["INGEST_ENDPOINT"] = "http://127.0.0.1:1"
	status := w.run(t, "", "status", "--debug")
	assert.Zero(t, status.status, "what is not known is not unhealthy")
	assert.Contains(t, status.stdout, "api     healthy")
	assert.Contains(t, status.stdout, "queue   not known: ")
	assert.Contains(t, status.stdout, "dlq     not known: ")
	assert.Contains(t, status.stdout, "next: nothing answers on http://127.0.0.1:1: start the pipeline with `make run`")
	assert.Contains(t, status.stderr, "debug: asking for the counts of ")
}

func TestStatus_missingService_isNoted(t *testing.T) {
	w := newWorldOf(t, fakeaws.Options{Services: emptyCloud().services()})
	w.deployed(t)
	w.server.Faults.Add(faults.Rule{Operation: "cloudwatch.GetMetricStatistics", Fault: faults.Denied})
	status := w.run(t, "", "--stack", "prod", "status")
	require.Zero(t, status.status, status.stderr)
	assert.Contains(t, status.stdout, "tasks of the api  not known: describing the service ingest-prod-api: ECS has no such service: deploy compute (make up), or look at --region")
	assert.Contains(t, status.stdout, "next: these credentials may not do that")
	assert.Contains(t, status.stdout, "queue   0 waiting, 0 in flight\n", "the counts are shown, though the age is not known")
	assert.Contains(t, status.stdout, "errors of the api  not known: reading the log group /ingest-prod/api")
}

func TestStatus_watch_endsWithCtrlC(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	command := w.start(t, "", "status", "--watch", "--interval", "1s")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	screens := 0
	for lines := bufio.NewScanner(stdout); screens < 2 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "local at ") {
			screens++
		}
	}
	assert.Equal(t, 2, screens)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.NoError(t, command.Wait(), "to stop watching is no failure")
	assert.Equal(t, 2, w.run(t, "", "status", "--interval", "1ms").status)
}

func TestLogs_levelAndTime_selectRecords(t *testing.T) {
	w, c := deployedWithLogs(t)
	for name, args := range map[string]string{
		"logs-api":      "logs api --since 1h",
		"logs-errors":   "logs worker --since 1h --level error",
		"logs-warnings": "logs api --since 3h --level warn",
		"logs-worker":   "logs worker",
	} {
		r := w.run(t, "", append([]string{"--stack", "prod"}, strings.Fields(args)...)...)
		require.Zero(t, r.status, r.stderr)
		golden(t, name, r.stdout)
	}
	for i := range 250 {
		c.log("/ingest-prod/api", time.Now().Add(time.Duration(i)*time.Millisecond), `{"level":"INFO","msg":"one of many"}`)
	}
	many := w.run(t, "", "--stack", "prod", "logs", "api", "--since", "1m", "--json")
	assert.Equal(t, 250, strings.Count(many.stdout, "\n"), "over several pages")

	local := w.run(t, "", "logs", "api")
	assert.Equal(t, 1, local.status)
	assert.Contains(t, local.stderr, "the logs of this machine are in the terminal of `make run`")
}

func TestLogs_follow_endsWithCtrlC(t *testing.T) {
	w, c := deployedWithLogs(t)
	command := w.start(t, "", "--stack", "prod", "logs", "worker", "-f", "--since", "1h")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(stdout)
	next := func() string {
		require.True(t, lines.Scan())
		return lines.Text()
	}
	for _, want := range []string{"WARN storing error=timeout", "ERROR message is poison", "panic: not JSON", "WARN storing", "WARN storing", "WARN storing"} {
		assert.Contains(t, next(), want)
	}
	c.log("/ingest-prod/worker", time.Now(), `{"level":"INFO","msg":"received"}`)
	assert.Contains(t, next(), "INFO received")
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	assert.False(t, lines.Scan(), "nothing is repeated")
	require.NoError(t, command.Wait())
}
