package lifecycle

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	alarmType     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	dashboardType = "aws:cloudwatch/dashboard:Dashboard"
)

// Monitoring that is turned on later replaces nothing, lets an alarm roll a
// deployment back, and leaves nothing when it is turned off.
func TestMonitoring_turnedOnAndOff_replacesNothing(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	ecs := httptest.NewServer(http.HandlerFunc(a.aws.ECS))
	defer ecs.Close()
	a.compute.Config("aws:endpoints[0].ecs", ecs.URL)
	a.compute.Config("monitoring", "true")
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Empty(t, a.deleted(), "nothing is replaced")
	assert.Len(t, a.aws.Resources(alarmType), 10)
	assert.Len(t, a.aws.Resources(dashboardType), 1)
	for _, alarm := range a.aws.Resources(alarmType) {
		assert.Equal(t, []any{"arn:aws:sns:us-east-1:" + fakecloud.Account + ":ingest-prod-alarms"}, alarm.Attributes["alarmActions"], alarm.ID)
	}
	assert.Equal(t, []any{true, true}, a.watched(t))
	unchanged(t, a.compute)

	before := images(a)
	a.aws.Alarm(a.push(t, "sha-bad0001")["worker"], "ingest-prod-worker-stores-nothing")
	a.compute.Config("workerImageTag", "sha-bad0001")
	failed := a.compute.Up().Fails(t).Text()
	assert.Contains(t, failed, "ECS does not run what was deployed to the service ingest-prod-worker")
	assert.Contains(t, failed, "it set off the alarms: ingest-prod-worker-stores-nothing")
	assert.Equal(t, before, images(a))
	a.compute.Config("workerImageTag", "sha-0000001")
	a.compute.Up().Succeeds(t)

	a.compute.Config("monitoring", "false")
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Equal(t, map[string]int{alarmType: 9, dashboardType: 1}, a.deleted())
	assert.Equal(t, []any{false, false}, a.watched(t), "ECS keeps the alarms of a service that no longer names any")
	unchanged(t, a.compute)
	a.compute.Preview("--refresh", "--expect-no-changes").Succeeds(t)
}

// deleted counts what was deleted by type, except task definitions: ECS keeps the
// revisions, for a rollback.
func (a *account) deleted() map[string]int {
	deleted := map[string]int{}
	for _, call := range a.aws.Calls(fakecloud.Delete) {
		if call.Type != "aws:ecs/taskDefinition:TaskDefinition" {
			deleted[call.Type]++
		}
	}
	return deleted
}

// watched reports of each service whether alarms roll its deployments back.
func (a *account) watched(t *testing.T) []any {
	t.Helper()
	services := a.aws.Resources("aws:ecs/service:Service")
	require.Len(t, services, 2)
	var all []any
	for _, service := range services {
		all = append(all, service.Attributes["alarms"].(map[string]any)["enable"])
	}
	return all
}
