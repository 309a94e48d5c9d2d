package lifecycle

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ECS rolls back what does not become healthy, and the provider reports success.
func TestRollback_failsTheUpdate(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	ecs := httptest.NewServer(http.HandlerFunc(a.aws.ECS))
	defer ecs.Close()
	a.compute.Config("aws:endpoints[0].ecs", ecs.URL)
	for round := 2; round < 5; round++ {
		rolledBackThenGood(t, a, round)
	}
	changedOutsideOfPulumi(t, a)
}

// images are what the outputs name.
func images(a *account) []any {
	outputs := a.compute.Outputs()
	return []any{outputs["apiImage"], outputs["workerImage"], outputs["apiTaskDefinitionArn"], outputs["workerTaskDefinitionArn"]}
}

func rolledBackThenGood(t *testing.T, a *account, round int) {
	t.Helper()
	service := []string{"api", "worker"}[round%2]
	before := images(a)
	bad := fmt.Sprintf("sha-bad%04d", round)
	a.aws.MakeUnhealthy(a.push(t, bad)[service])
	a.compute.Config(service+"ImageTag", bad)
	a.compute.Preview().Succeeds(t)
	failed := a.compute.Up().Fails(t)
	for _, want := range []string{
		"ECS does not run what was deployed to the service ingest-prod-" + service,
		"last deployment: ROLLBACK_SUCCESSFUL: Service deployment rolled back because the circuit breaker threshold was exceeded.",
		"(service ingest-prod-" + service + ") deployment failed: tasks failed to start.",
		"aws ecs describe-services --region us-east-1 --cluster ingest-prod-cluster --services ingest-prod-" + service,
	} {
		assert.Contains(t, failed.Text(), want)
	}
	assert.Equal(t, before, images(a), "the outputs name the last good images")
	a.compute.Up().Fails(t) // the state does not hide that ECS runs another revision

	good := fmt.Sprintf("sha-000000%d", round)
	digest := a.push(t, good)[service]
	a.compute.Config(service+"ImageTag", good)
	a.compute.Up().Succeeds(t)
	assert.Contains(t, a.compute.Outputs()[service+"Image"], digest)
	unchanged(t, a.compute)
}

// A service that was changed outside of Pulumi fails an update that changes
// nothing, until a refresh shows the change.
func changedOutsideOfPulumi(t *testing.T, a *account) {
	t.Helper()
	const service = "arn:aws:ecs:us-east-1:123456789012:service/ingest-prod-cluster/ingest-prod-api"
	require.NoError(t, a.aws.Change("aws:ecs/service:Service", service, "taskDefinition", "arn:aws:ecs:us-east-1:123456789012:task-definition/ingest-prod-api:1"))
	assert.Contains(t, a.compute.Up().Fails(t).Text(), "the service was changed outside of Pulumi")
	a.compute.Up("--refresh").Succeeds(t)
	unchanged(t, a.compute)
}
