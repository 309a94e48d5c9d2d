package lifecycle

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
)

// Guard rails of compute, turned on in a running environment, replace nothing; a
// protected load balancer keeps the stack from being destroyed until a setting says
// otherwise.
func TestGuardRails_turnedOnLater_replaceNothing(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	for key, value := range map[string]string{
		"albAccessLogDays": "30", "albDeletionProtection": "true", "containerInsights": "enabled",
		"webAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/edge/1",
	} {
		a.compute.Config(key, value)
	}
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Empty(t, a.aws.Calls(fakecloud.Delete), "nothing is replaced")
	var changed []string
	for _, call := range a.changed() {
		if !strings.HasPrefix(call, "create aws:s3/") {
			changed = append(changed, call)
		}
	}
	assert.ElementsMatch(t, []string{
		"update aws:lb/loadBalancer:LoadBalancer ingest-prod-alb", "update aws:ecs/cluster:Cluster ingest-prod-cluster",
		"create aws:wafv2/webAclAssociation:WebAclAssociation ingest-prod-web-acl",
	}, changed)
	unchanged(t, a.compute)
	assert.Equal(t, 1, strings.Count(a.compute.Export(), `"type": "pulumi:providers:aws"`), "every resource has the same provider")

	// Sessions in the tasks: the roles allow them, then compute turns them on.
	a.data.Config("ecsExec", "true")
	a.aws.Forget()
	a.data.Up().Succeeds(t)
	assert.ElementsMatch(t, []string{"update " + inlineType + " ingest-prod-api-task", "update " + inlineType + " ingest-prod-worker-task"}, a.changed())
	assert.Empty(t, a.aws.Calls(fakecloud.Delete))
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	for _, call := range a.aws.Calls(fakecloud.Delete) {
		assert.Equal(t, "aws:ecs/taskDefinition:TaskDefinition", call.Type, "%s is replaced", call.Name)
	}
	assert.Subset(t, a.changed(), []string{
		"update aws:ecs/service:Service ingest-prod-api", "update aws:ecs/service:Service ingest-prod-worker",
		"update aws:ecs/cluster:Cluster ingest-prod-cluster", "create aws:cloudwatch/logGroup:LogGroup ingest-prod-exec",
	})
	unchanged(t, a.compute)

	a.compute.Config("ecrForceDelete", "true")
	a.compute.Config("albAccessLogForceDestroy", "true")
	a.compute.Up().Succeeds(t)

	// Off again: AWS keeps what is only left out of a call.
	a.data.Config("ecsExec", "false")
	a.data.Up().Succeeds(t)
	a.compute.Config("albAccessLogDays", "0")
	a.compute.Up().Succeeds(t)
	a.compute.Preview("--refresh", "--expect-no-changes").Succeeds(t)

	a.aws.Forget()
	assert.Contains(t, a.compute.Pulumi("destroy", "--yes").Fails(t).Text(), "ingest-prod-alb")
	assert.Empty(t, a.aws.Calls(fakecloud.Delete), "the preview refuses before anything is deleted")
	a.compute.Config("albDeletionProtection", "false")
	a.compute.Up().Succeeds(t)
	a.compute.Destroy().Succeeds(t)
}
