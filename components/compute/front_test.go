package compute_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/internal/testing/mocktest"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rule is what one rule of a security group opens.
type rule struct{ of, peer, protocol string }

// opened are the rules of a type, from port to port.
func opened(graph *mocktest.Graph, typeToken string) map[rule][2]float64 {
	rules := map[rule][2]float64{}
	for _, r := range graph.Of(typeToken) {
		peer := r.Plain("cidrIpv4")
		if peer == nil {
			peer = r.Plain("referencedSecurityGroupId")
		}
		rules[rule{r.Plain("securityGroupId").(string), peer.(string), r.Plain("ipProtocol").(string)}] = [2]float64{
			r.Plain("fromPort").(float64), r.Plain("toPort").(float64),
		}
	}
	return rules
}

func TestOnlyTheLoadBalancerIsReachable(t *testing.T) {
	graph := build(t, required())
	assert.Equal(t, map[rule][2]float64{ // FSBP EC2.18, EC2.19: only port 80 is open to all
		{"ingest-prod-alb-id", "0.0.0.0/0", "tcp"}:          {80, 80},
		{"ingest-prod-api-id", "ingest-prod-alb-id", "tcp"}: {8000, 8000},
	}, opened(graph, ingressType))
	assert.Equal(t, map[rule][2]float64{
		{"ingest-prod-alb-id", "ingest-prod-api-id", "tcp"}: {8000, 8000},
		{"ingest-prod-api-id", "0.0.0.0/0", "tcp"}:          {443, 443},
		{"ingest-prod-worker-id", "0.0.0.0/0", "tcp"}:       {443, 443},
	}, opened(graph, egressType))
	for _, group := range graph.Of(groupType) {
		assert.Equal(t, "vpc-0default", group.Plain("vpcId"))
		for _, setting := range []string{"name", "ingress", "egress"} {
			assert.Nil(t, group.Plain(setting), "%s: a fixed name, or rules of two kinds, collide", group.Name)
		}
	}
}

func TestTheLoadBalancerDropsWhatIsMalformed(t *testing.T) {
	graph := build(t, required())
	balancer := graph.One(t, albType, "ingest-prod-alb")
	for setting, want := range map[string]any{
		"loadBalancerType": "application", "internal": false, "idleTimeout": 60.0,
		"dropInvalidHeaderFields": true,        // FSBP ELB.4
		"desyncMitigationMode":    "defensive", // FSBP ELB.12
		"securityGroups":          []any{"ingest-prod-alb-id"},
		"subnets":                 []any{"subnet-a", "subnet-b"}, // FSBP ELB.13
		"name":                    nil,
	} {
		assert.Equal(t, want, balancer.Plain(setting), setting)
	}
	listener := graph.One(t, listenerType, "ingest-prod-http")
	for setting, want := range map[string]any{
		"port": 80.0, "protocol": "HTTP", "loadBalancerArn": "arn:mock:ingest-prod-alb:" + albType,
		"defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": "arn:mock:ingest-prod-api:" + targetsType}},
	} {
		assert.Equal(t, want, listener.Plain(setting), setting)
	}
}

func TestTargetsAreTheAPIsTasks(t *testing.T) {
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

func TestLogsAreKeptForAsLongAsSaid(t *testing.T) {
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

func TestLoadBalancerAndTasksAreInThePublicSubnets(t *testing.T) {
	graph := build(t, required())
	asked := graph.Calls(getSubnets)
	require.Len(t, asked, 1)
	assert.Equal(t, []any{
		map[string]any{"name": "vpc-id", "values": []any{"vpc-0default"}},
		map[string]any{"name": "map-public-ip-on-launch", "values": []any{"true"}},
	}, asked[0].Args["filters"].Mappable())
}

func TestALoadBalancerNeedsTwoSubnets(t *testing.T) {
	graph := &mocktest.Graph{Answers: map[string]mocktest.Answer{getSubnets: func(resource.PropertyMap) (resource.PropertyMap, error) {
		return resource.PropertyMap{"ids": resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty("subnet-a")})}, nil
	}}}
	err := graph.Run(t, program(required()))
	require.ErrorContains(t, err, "the default VPC has the public subnets [subnet-a]; a load balancer needs two")
	assert.Empty(t, graph.Of(albType))
	assert.Empty(t, graph.Of(serviceType))
}
