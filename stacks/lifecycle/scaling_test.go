package lifecycle

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Scaling that is turned on later replaces nothing, and no update resets the number
// of tasks that the autoscaler set.
func TestScaling_turnedOnLater_keepsTheNumberOfTasks(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	for key, value := range map[string]string{"apiMaxCount": "4", "apiMinCount": "2", "workerMaxCount": "5", "workerMinCount": "0"} {
		a.compute.Config(key, value)
	}
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Empty(t, a.aws.Calls(fakecloud.Delete), "nothing is replaced")
	assert.InDelta(t, 2, a.tasks(t, "api"), 0, "the autoscaler starts the fewest")

	const services = "arn:aws:ecs:us-east-1:123456789012:service/ingest-prod-cluster/ingest-prod-"
	a.change(t, "aws:ecs/service:Service", services+"worker", "desiredCount", 0.0)
	a.change(t, "aws:ecs/service:Service", services+"api", "desiredCount", 3.0)
	unchanged(t, a.compute)
	a.compute.Preview("--refresh", "--expect-no-changes").Succeeds(t)
	a.push(t, "sha-0000002")
	a.compute.Config("apiImageTag", "sha-0000002")
	a.compute.Config("workerImageTag", "sha-0000002")
	a.compute.Up("--refresh").Succeeds(t)
	assert.InDelta(t, 0, a.tasks(t, "worker"), 0)
	assert.InDelta(t, 3, a.tasks(t, "api"), 0)

	// Spot capacity replaces the worker's service, and nothing that holds data.
	a.compute.Config("workerSpotPercent", "70")
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	var deleted []string
	for _, call := range a.aws.Calls(fakecloud.Delete) {
		deleted = append(deleted, call.Type+" "+call.Name)
	}
	assert.ElementsMatch(t, []string{
		"aws:ecs/service:Service ingest-prod-worker", "aws:appautoscaling/target:Target ingest-prod-worker",
		"aws:appautoscaling/policy:Policy ingest-prod-worker-backlog", "aws:appautoscaling/policy:Policy ingest-prod-worker-first",
	}, deleted)
	unchanged(t, a.compute)
}

// The autoscaler leaves its last number behind, which the state does not have: an update
// says so until a refresh shows the number.
func TestScaling_turnedOff_setsTheNumberOfTasksAfterARefresh(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	a.compute.Config("workerMaxCount", "5")
	a.compute.Config("workerMinCount", "0")
	a.compute.Up().Succeeds(t)
	a.change(t, "aws:ecs/service:Service", "arn:aws:ecs:us-east-1:123456789012:service/ingest-prod-cluster/ingest-prod-worker", "desiredCount", 0.0)

	a.compute.Config("workerMaxCount", "0")
	for range 2 {
		failed := a.compute.Up().Fails(t)
		assert.Contains(t, failed.Text(), "the service ingest-prod-worker has the desired count 0 in ECS, and the program sets 1")
		assert.Contains(t, failed.Text(), "pulumi up --refresh --stack prod")
	}
	a.compute.Up("--refresh").Succeeds(t)
	assert.InDelta(t, 1, a.tasks(t, "worker"), 0)
	assert.Empty(t, a.aws.Resources("aws:appautoscaling/target:Target"))
	unchanged(t, a.compute)
}

// tasks is the desired count of a service.
func (a *account) tasks(t *testing.T, service string) any {
	t.Helper()
	for _, r := range a.aws.Resources("aws:ecs/service:Service") {
		if r.Attributes["name"] == "ingest-prod-"+service {
			return r.Attributes["desiredCount"]
		}
	}
	require.Fail(t, "there is no service "+service)
	return nil
}
