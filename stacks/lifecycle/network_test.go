package lifecycle

import (
	"slices"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A running environment moves into a VPC of its own, and back, with its services,
// repositories and logs in place.
func TestNetwork_privateTurnedOnLater_keepsData(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	kept := []string{"aws:ecr/repository:Repository", "aws:cloudwatch/logGroup:LogGroup", "aws:ecs/cluster:Cluster", "aws:ecs/service:Service"}
	for _, network := range []string{"private", "default"} {
		a.compute.Config("network", network)
		a.aws.Forget()
		a.compute.Up().Succeeds(t)
		for _, call := range a.aws.Calls(fakecloud.Create, fakecloud.Delete) {
			assert.False(t, slices.Contains(kept, call.Type), call.String())
		}
		require.Len(t, a.aws.Resources("aws:lb/loadBalancer:LoadBalancer"), 1)
		for _, service := range a.aws.Resources("aws:ecs/service:Service") {
			config := service.Attributes["networkConfiguration"].(map[string]any)
			assert.Equal(t, network == "default", config["assignPublicIp"], service.ID)
			assert.Len(t, config["subnets"], 2)
		}
		endpoints := map[string]int{"private": 7, "default": 0}[network]
		assert.Len(t, a.aws.Resources("aws:ec2/vpcEndpoint:VpcEndpoint"), endpoints)
		unchanged(t, a.compute)
	}
}
