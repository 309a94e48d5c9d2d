package compute_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestECSExec_off_isTheDefault(t *testing.T) {
	graph := build(t, required())
	for _, service := range []string{"api", "worker"} {
		assert.False(t, graph.One(t, serviceType, "ingest-prod-"+service).Inputs.HasValue("enableExecuteCommand"))
		assert.Equal(t, true, containers(t, graph, service)[0]["readonlyRootFilesystem"]) // FSBP ECS.5
	}
	// A missing block would not take back what an earlier update has set.
	assert.Equal(t, map[string]any{"executeCommandConfiguration": map[string]any{"logging": "DEFAULT"}},
		graph.One(t, clusterType, "ingest-prod-cluster").Plain("configuration"))
	assert.Len(t, graph.Of(logsType), 2)
}

func TestECSExec_on_sessionsCanBeOpenedAndAreLogged(t *testing.T) {
	args := required()
	args.Data.ECSExec, args.Network.Kind = true, "private"
	graph := build(t, args)
	for _, service := range []string{"api", "worker"} {
		assert.Equal(t, true, graph.One(t, serviceType, "ingest-prod-"+service).Plain("enableExecuteCommand"))
		container := containers(t, graph, service)[0]
		assert.Equal(t, false, container["readonlyRootFilesystem"], "the agent of a session writes to it")
		assert.Equal(t, map[string]any{"capabilities": map[string]any{"drop": []any{"ALL"}}, "initProcessEnabled": true}, container["linuxParameters"])
		assert.Equal(t, "65532:65532", container["user"])
	}
	group := graph.One(t, logsType, "ingest-prod-exec")
	assert.Equal(t, "/ingest-prod/exec", group.Plain("name"))
	require.Equal(t, map[string]any{"executeCommandConfiguration": map[string]any{
		"logging": "OVERRIDE", "logConfiguration": map[string]any{"cloudWatchLogGroupName": "/ingest-prod/exec"},
	}}, graph.One(t, clusterType, "ingest-prod-cluster").Plain("configuration"))
	graph.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "ingest-prod-ssmmessages")
}
