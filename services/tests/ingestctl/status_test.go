package ingestctl

import (
	"bufio"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/containers"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/logs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/metrics"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// digest is one of an image.
const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// deployedWithLogs is the stack prod with services in ECS that have logged.
func deployedWithLogs(t *testing.T) (*world, *containers.Service, *logs.Service) {
	t.Helper()
	ecs, cloudwatch, measured := containers.New(), logs.New(), metrics.New()
	measured.Age(fakeaws.LocalQueue, 95*time.Second)
	w := newWorldOf(t, fakeaws.Options{Services: map[string]fakeaws.Service{
		containers.Target: ecs, logs.Target: cloudwatch, metrics.Target: measured,
	}})
	w.deployed(t)
	deployedAt := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ecs.Run(containers.Running{
		ARN: apiARN, Cluster: clusterARN, Desired: 2, Tasks: []string{digest, digest}, Rollout: "COMPLETED",
		TaskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/ingest-prod-api:7", DeployedAt: deployedAt,
	})
	ecs.Run(containers.Running{
		ARN: workerARN, Cluster: clusterARN, Desired: 1, Rollout: "FAILED", Reason: "ECS deployment circuit breaker: tasks failed to start.",
		TaskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/ingest-prod-worker:3", DeployedAt: deployedAt,
	})
	now := time.Now()
	cloudwatch.Add("/ingest-prod/api", "api/1", now.Add(-2*time.Hour), `{"time":"t","level":"ERROR","msg":"long ago"}`)
	cloudwatch.Add("/ingest-prod/api", "api/1", now.Add(-5*time.Minute), `{"time":"t","level":"INFO","msg":"request","status":200,"path":"/ingest"}`)
	cloudwatch.Add("/ingest-prod/api", "api/1", now.Add(-4*time.Minute), `{"time":"t","level":"WARN","msg":"serving the last good token"}`)
	cloudwatch.Add("/ingest-prod/worker", "worker/1", now.Add(-3*time.Minute), `{"time":"t","level":"ERROR","msg":"uploads fail; polling pauses","error":"no route"}`)
	cloudwatch.Add("/ingest-prod/worker", "worker/1", now.Add(-2*time.Minute), "panic: not JSON")
	return w, ecs, cloudwatch
}

func TestStatusShowsADeploymentOnOneScreen(t *testing.T) {
	w, _, _ := deployedWithLogs(t)
	require.Zero(t, w.run(t, "", "--stack", "prod", "send").status)
	status := w.run(t, "", "--stack", "prod", "status")
	require.Zero(t, status.status, status.stderr)
	golden(t, "status", status.stdout)

	var snapshot map[string]any
	asJSON := w.run(t, "", "--stack", "prod", "status", "--json")
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &snapshot))
	assert.InDelta(t, 1, snapshot["queue"].(map[string]any)["visible"], 0)
	assert.Len(t, snapshot["services"], 2)
	assert.Len(t, snapshot["errors"], 1)
}

func TestStatusOfThisMachineSaysWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	status := w.run(t, "", "status")
	require.Zero(t, status.status, status.stderr)
	golden(t, "status-local", status.stdout)

	w.env["API_URL"] = "http://127.0.0.1:1"
	down := w.run(t, "", "status")
	require.Zero(t, down.status)
	assert.Contains(t, down.stdout, "api    NOT HEALTHY: asking for the API's health: ")
	w.env["INGEST_ENDPOINT"] = "http://127.0.0.1:1"
	away := w.run(t, "", "status")
	assert.Equal(t, 1, away.status)
	assert.Contains(t, away.stderr, "next: nothing answers on http://127.0.0.1:1: start the pipeline with `make run`")
}

func TestStatusNotesWhatECSDoesNotHave(t *testing.T) {
	w := newWorldOf(t, fakeaws.Options{Services: map[string]fakeaws.Service{
		containers.Target: containers.New(), logs.Target: logs.New(), metrics.Target: metrics.New(),
	}})
	w.deployed(t)
	w.server.Faults.Add(faults.Rule{Operation: "cloudwatch.GetMetricStatistics", Fault: faults.Denied})
	status := w.run(t, "", "--stack", "prod", "status")
	require.Zero(t, status.status, status.stderr)
	assert.Contains(t, status.stdout, "not known: describing the service ingest-prod-api: ECS has no such service: deploy compute (make up), or look at --region")
	assert.Contains(t, status.stdout, "next: these credentials may not do that")
	assert.Contains(t, status.stdout, "not known: reading the log group /ingest-prod/api")
}

func TestStatusIsWatchedUntilCtrlC(t *testing.T) {
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

func TestLogsAreReadByLevelAndTime(t *testing.T) {
	w, _, cloudwatch := deployedWithLogs(t)
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
		cloudwatch.Add("/ingest-prod/api", "api/1", time.Now().Add(time.Duration(i)*time.Millisecond), `{"level":"INFO","msg":"one of many"}`)
	}
	many := w.run(t, "", "--stack", "prod", "logs", "api", "--since", "1m", "--json")
	assert.Equal(t, 250, strings.Count(many.stdout, "\n"), "over several pages")

	local := w.run(t, "", "logs", "api")
	assert.Equal(t, 1, local.status)
	assert.Contains(t, local.stderr, "the logs of this machine are in the terminal of `make run`")
}

func TestLogsAreFollowedUntilCtrlC(t *testing.T) {
	w, _, cloudwatch := deployedWithLogs(t)
	command := w.start(t, "", "--stack", "prod", "logs", "worker", "-f", "--since", "1h")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(stdout)
	next := func() string {
		require.True(t, lines.Scan())
		return lines.Text()
	}
	assert.Contains(t, next(), "ERROR uploads fail; polling pauses error=no route")
	assert.Contains(t, next(), "panic: not JSON")
	cloudwatch.Add("/ingest-prod/worker", "worker/1", time.Now(), `{"level":"INFO","msg":"polling resumes"}`)
	assert.Contains(t, next(), "INFO polling resumes")
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	assert.False(t, lines.Scan(), "nothing is repeated")
	require.NoError(t, command.Wait())
}
