package ingestctl

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rollingOut is the stack prod with these deployments of the worker; the api's
// has completed.
func rollingOut(t *testing.T, deployments ...any) *world {
	t.Helper()
	c := emptyCloud()
	events := []any{}
	for i := range 12 {
		events = append(events, map[string]any{
			"id": fmt.Sprint(i), "createdAt": time.Date(2026, 1, 2, 3, 59-i, 0, 0, time.UTC).Unix(), "message": fmt.Sprintf("event %d", i),
		})
	}
	c.service = func(arn string) map[string]any {
		return map[string]map[string]any{
			apiARN:    {"deployments": []any{deployment("PRIMARY", "ingest-prod-api:7", "COMPLETED", "")}, "events": events},
			workerARN: {"deployments": deployments, "events": events},
		}[arn]
	}
	w := newWorldOf(t, fakeaws.Options{Services: c.services()})
	w.deployed(t)
	return w
}

func TestRollout_completed(t *testing.T) {
	w := rollingOut(t, deployment("PRIMARY", "ingest-prod-worker:3", "COMPLETED", ""))
	r := w.run(t, "", "rollout", "--stack", "prod")
	assert.Zero(t, r.status, r.stderr)
	assert.Equal(t, "api runs ingest-prod-api:7\nworker runs ingest-prod-worker:3\n", r.stdout)
}

func TestRollout_rolledBack_failsWithReasonAndEvents(t *testing.T) {
	w := rollingOut(t, deployment("PRIMARY", "ingest-prod-worker:2", "COMPLETED", "rolled back"),
		deployment("ACTIVE", "ingest-prod-worker:3", "FAILED", "ECS deployment circuit breaker: tasks failed to start."))
	r := w.run(t, "", "rollout", "--stack", "prod")
	assert.Equal(t, 1, r.status)
	golden(t, "rollout-rolled-back", r.stdout+r.stderr)

	var answer struct {
		Services []struct {
			Service, Outcome string
			Events           []any
		}
	}
	require.NoError(t, json.Unmarshal([]byte(w.run(t, "", "rollout", "--stack", "prod", "-o", "json").stdout), &answer))
	assert.Equal(t, "completed", answer.Services[0].Outcome)
	assert.Equal(t, "rolled back", answer.Services[1].Outcome)
	assert.Len(t, answer.Services[1].Events, 10)
}

func TestRollout_inProgressPastTimeout_fails(t *testing.T) {
	w := rollingOut(t, deployment("PRIMARY", "ingest-prod-worker:3", "IN_PROGRESS", ""))
	for _, timeout := range []string{"0s", "50ms"} {
		r := w.run(t, "", "rollout", "--stack", "prod", "--timeout", timeout)
		assert.Equal(t, 1, r.status)
		assert.Contains(t, r.stdout, "worker: the rollout of ingest-prod-worker:3 has not ended within "+timeout)
		assert.Contains(t, r.stdout, "  PRIMARY ingest-prod-worker:3 IN_PROGRESS: no reason given (1 of 1 running, 2 failed)\n")
	}
}

func TestRollout_events(t *testing.T) {
	w := rollingOut(t, deployment("PRIMARY", "ingest-prod-worker:3", "FAILED", "no"))
	r := w.run(t, "", "rollout", "--stack", "prod", "--events")
	assert.Zero(t, r.status, r.stderr)
	golden(t, "rollout-events", r.stdout)
}

func TestRollout_accessDenied_failsAndShowsTheOther(t *testing.T) {
	w := rollingOut(t)
	w.server.Faults.Add(faults.Rule{Operation: "ecs.DescribeServices", Fault: faults.Denied})
	r := w.run(t, "", "rollout", "--stack", "prod")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "describing the service ingest-prod-api")
	assert.Contains(t, r.stderr, "next: these credentials may not do that")
	assert.Empty(t, r.stdout)
	assert.Contains(t, w.run(t, "", "rollout").stderr, "name it with --stack")
}
