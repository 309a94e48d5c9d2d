package compute_test

import (
	"fmt"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// opened are the rules of a group in a direction, each as "protocol from-to peers".
func opened(t *testing.T, graph *componentstest.Graph, group, direction string) []string {
	t.Helper()
	all := []string{}
	for _, r := range graph.One(t, groupType, "ingest-prod-"+group).Plain(direction).([]any) {
		rule := r.(map[string]any)
		peers := rule["cidrBlocks"]
		if peers == nil {
			peers = rule["securityGroups"]
		}
		if peers == nil {
			peers = rule["prefixListIds"]
		}
		all = append(all, fmt.Sprintf("%v %v-%v %v", rule["protocol"], rule["fromPort"], rule["toPort"], peers))
	}
	return all
}

func TestSecurityGroups_onlyTheLoadBalancerIsPublic(t *testing.T) {
	graph := build(t, required())
	for group, want := range map[string]struct{ in, out []string }{ // FSBP EC2.18, EC2.19: only port 80 is open to all
		"alb":        {in: []string{"tcp 80-80 [0.0.0.0/0]"}, out: []string{}},
		"alb-to-api": {in: []string{}, out: []string{"tcp 8000-8000 [ingest-prod-api-id]"}},
		"api":        {in: []string{"tcp 8000-8000 [ingest-prod-alb-id]"}, out: []string{"tcp 443-443 [0.0.0.0/0]"}},
		"worker":     {in: []string{}, out: []string{"tcp 443-443 [0.0.0.0/0]"}},
	} {
		assert.Equal(t, want.in, opened(t, graph, group, "ingress"), "%s: an empty list, so that others are shown", group)
		assert.Equal(t, want.out, opened(t, graph, group, "egress"), group)
	}
	for _, group := range graph.Of(groupType) {
		assert.Equal(t, "vpc-0default", group.Plain("vpcId"))
		assert.Nil(t, group.Plain("name"), "%s: a fixed name collides with its replacement", group.Name)
	}
}

func TestLoadBalancer_dropsInvalidHeaders(t *testing.T) {
	graph := build(t, required())
	balancer := graph.One(t, albType, "ingest-prod-alb")
	for setting, want := range map[string]any{
		"loadBalancerType": "application", "internal": false, "idleTimeout": 60.0,
		"dropInvalidHeaderFields": true,        // FSBP ELB.4
		"desyncMitigationMode":    "defensive", // FSBP ELB.12
		"securityGroups":          []any{"ingest-prod-alb-id", "ingest-prod-alb-to-api-id"},
		"subnets":                 []any{"subnet-a", "subnet-b"}, // FSBP ELB.13
		"name":                    nil,
	} {
		assert.Equal(t, want, balancer.Plain(setting), setting)
	}
	listener := graph.One(t, listenerType, "ingest-prod-http")
	for setting, want := range map[string]any{
		"port": 80.0, "protocol": "HTTP", "loadBalancerArn": albARN,
		"defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": targetsARN}},
	} {
		assert.Equal(t, want, listener.Plain(setting), setting)
	}
}

func TestTargetGroup_targetsAreTheAPITasks(t *testing.T) {
	targets := build(t, required()).One(t, targetsType, "ingest-prod-api")
	for setting, want := range map[string]any{
		"port": 8000.0, "protocol": "HTTP", "targetType": "ip", "vpcId": "vpc-0default", "deregistrationDelay": 30.0, "name": nil,
		"healthCheck": map[string]any{
			"path": "/healthz", "matcher": "200-399", "interval": 30.0, "timeout": 5.0, "healthyThreshold": 2.0, "unhealthyThreshold": 2.0,
		},
	} {
		assert.Equal(t, want, targets.Plain(setting), setting)
	}
}

func TestLogGroups_haveTheRetention(t *testing.T) {
	args := required()
	args.LogRetentionDays = 30
	graph, longer := build(t, required()), build(t, args)
	for _, service := range []string{"api", "worker"} {
		group := graph.One(t, logsType, "ingest-prod-"+service)
		assert.Equal(t, "/ingest-prod/"+service, group.Plain("name"))
		assert.InDelta(t, 3.0, group.Plain("retentionInDays"), 0)
		assert.InDelta(t, 30.0, longer.One(t, logsType, "ingest-prod-"+service).Plain("retentionInDays"), 0)
	}
}

func TestSubnets_loadBalancerAndTasksArePublic(t *testing.T) {
	graph := build(t, required())
	asked := graph.Calls(getSubnets)
	require.Len(t, asked, 1)
	assert.Equal(t, []any{
		map[string]any{"name": "vpc-id", "values": []any{"vpc-0default"}},
		map[string]any{"name": "map-public-ip-on-launch", "values": []any{"true"}},
	}, asked[0].Args["filters"].Mappable())
}

func TestSubnets_oneZone_isRefused(t *testing.T) {
	graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{getSubnets: func(resource.PropertyMap) (resource.PropertyMap, error) {
		return resource.PropertyMap{"ids": resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty("subnet-a")})}, nil
	}}}
	err := graph.Run(t, program(required()))
	require.ErrorContains(t, err, "the default VPC has the public subnets [subnet-a], in 1 zones; zones is 2, and a load balancer needs two")
	assert.Empty(t, graph.Of(albType))
	assert.Empty(t, graph.Of(serviceType))
}
