package compute_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	vpcType      = "awsx:ec2:Vpc"
	endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

// where are the network settings of the load balancer and of a service.
func where(t *testing.T, graph *componentstest.Graph) (balancer any, tasks map[string]any) {
	t.Helper()
	balancers := graph.Of(albType)
	require.Len(t, balancers, 1)
	tasks = graph.One(t, serviceType, "ingest-prod-api").Plain("networkConfiguration").(map[string]any)
	worker := graph.One(t, serviceType, "ingest-prod-worker").Plain("networkConfiguration").(map[string]any)
	assert.Equal(t, tasks["subnets"], worker["subnets"])
	assert.Equal(t, tasks["assignPublicIp"], worker["assignPublicIp"])
	return balancers[0].Plain("subnets"), tasks
}

func TestNetwork_private_hasNoRouteToTheInternet(t *testing.T) {
	args := required()
	args.Network = compute.NetworkArgs{Kind: "private", Zones: 3}
	graph := build(t, args)
	made := graph.One(t, vpcType, "ingest-prod")
	for setting, want := range map[string]any{
		"numberOfAvailabilityZones": 3.0, "enableDnsHostnames": true, "enableDnsSupport": true,
		"natGateways": map[string]any{"strategy": "None"}, "subnetStrategy": "Auto",
		"subnetSpecs": []any{map[string]any{"type": "Public"}, map[string]any{"type": "Isolated"}},
	} {
		assert.Equal(t, want, made.Plain(setting), setting)
	}
	assert.Empty(t, graph.Calls(getSubnets), "the default VPC is not asked for")
	balancer, tasks := where(t, graph)
	assert.Equal(t, []any{"subnet-public"}, balancer)
	assert.Equal(t, []any{"subnet-isolated"}, tasks["subnets"])
	assert.Equal(t, false, tasks["assignPublicIp"])
	for _, group := range graph.Of(groupType) {
		assert.Equal(t, "vpc-made", group.Plain("vpcId"), group.Name)
	}
	assert.Equal(t, []string{"tcp 443-443 [ingest-prod-api-id]", "tcp 443-443 [ingest-prod-worker-id]"}, opened(t, graph, "endpoints", "ingress"))
	assert.Empty(t, opened(t, graph, "endpoints", "egress"))
	graph.AssertDescent(t, compute.Type)
	graph.AssertNames(t)
}

func TestNetwork_private_hasTheEndpointsOfTheTasks(t *testing.T) {
	args := required()
	args.Network.Kind = "private"
	graph := build(t, args)
	services := []string{}
	for _, endpoint := range graph.Of(endpointType) {
		services = append(services, endpoint.Plain("serviceName").(string))
		assert.Equal(t, "vpc-made", endpoint.Plain("vpcId"))
		for _, service := range []string{"api", "worker"} {
			assert.True(t, graph.One(t, serviceType, "ingest-prod-"+service).WaitsFor(endpoint), "%s starts with %s", service, endpoint.Name)
		}
		if endpoint.Plain("vpcEndpointType") == "Gateway" {
			assert.Equal(t, []any{"rtb-1", "rtb-2"}, endpoint.Plain("routeTableIds"))
			continue
		}
		assert.Equal(t, "Interface", endpoint.Plain("vpcEndpointType"))
		assert.Equal(t, true, endpoint.Plain("privateDnsEnabled"))
		assert.Equal(t, []any{"subnet-isolated"}, endpoint.Plain("subnetIds"))
		assert.Equal(t, []any{"ingest-prod-endpoints-id"}, endpoint.Plain("securityGroupIds"))
	}
	const prefix = "com.amazonaws.eu-west-1."
	assert.ElementsMatch(t, []string{
		prefix + "s3", prefix + "sqs", prefix + "ssm", prefix + "ecr.api", prefix + "ecr.dkr", prefix + "logs", prefix + "kms",
	}, services)
}

func TestNetwork_privateWithCloudFront_hasNothingPublic(t *testing.T) {
	args := required()
	args.Network.Kind, args.HTTPS.CloudFront = "private", true
	balancer, _ := where(t, build(t, args))
	assert.Equal(t, []any{"subnet-isolated"}, balancer)
}

const (
	vpc     = "vpc-0123456789abcdef0"
	public1 = "subnet-0123456789abcdef1"
	public2 = "subnet-0123456789abcdef2"
	inner1  = "subnet-0123456789abcdef3"
	inner2  = "subnet-0123456789abcdef4"
)

func TestNetwork_givenVPC_isNotChanged(t *testing.T) {
	for name, c := range map[string]struct {
		public, private []string
		cloudfront      bool
		balancer, tasks []any
		addresses       bool
	}{
		"public and private":   {[]string{public1, public2}, []string{inner1}, false, []any{public1, public2}, []any{inner1}, false},
		"public only":          {[]string{public1, public2}, nil, false, []any{public1, public2}, []any{public1, public2}, true},
		"private, CloudFront":  {nil, []string{inner1, inner2}, true, []any{inner1, inner2}, []any{inner1, inner2}, false},
		"public, CloudFront":   {[]string{public1, public2}, nil, true, []any{public1, public2}, []any{public1, public2}, true},
		"all, with CloudFront": {[]string{public1, public2}, []string{inner1, inner2}, true, []any{inner1, inner2}, []any{inner1, inner2}, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := required()
			args.Network = compute.NetworkArgs{VpcID: vpc, PublicSubnetIDs: c.public, PrivateSubnetIDs: c.private}
			args.HTTPS.CloudFront = c.cloudfront
			graph := build(t, args)
			balancer, tasks := where(t, graph)
			assert.Equal(t, c.balancer, balancer)
			assert.Equal(t, c.tasks, tasks["subnets"])
			assert.Equal(t, c.addresses, tasks["assignPublicIp"])
			assert.Equal(t, vpc, graph.One(t, groupType, "ingest-prod-alb").Plain("vpcId"))
			assert.Empty(t, graph.Calls(getSubnets))
			assert.Empty(t, graph.Of(vpcType))
			assert.Empty(t, graph.Of(endpointType), "what the VPC reaches is its owner's")
		})
	}
}

// A load balancer cannot move to another VPC.
func TestNetwork_eachKind_hasItsOwnLoadBalancer(t *testing.T) {
	names := map[string]bool{}
	for _, network := range []compute.NetworkArgs{{}, {Kind: "private"}, {VpcID: vpc, PublicSubnetIDs: []string{public1, public2}}} {
		args := required()
		args.Network = network
		names[build(t, args).Of(albType)[0].Name] = true
	}
	assert.Len(t, names, 3)
}

func TestNetwork_contradictions(t *testing.T) {
	for want, network := range map[string]compute.NetworkArgs{
		"Network.Kind is \"public\"; allowed is default or private":                                {Kind: "public"},
		"Network.PublicSubnetIDs is [" + public1 + "]; allowed is a list with Network.VpcID only":  {PublicSubnetIDs: []string{public1}},
		"Network.PrivateSubnetIDs is [" + inner1 + "]; allowed is a list with Network.VpcID only":  {Kind: "private", PrivateSubnetIDs: []string{inner1}},
		"Network.VpcID is \"" + vpc + "\"; allowed is a VPC without Network.Kind, which makes one": {Kind: "private", VpcID: vpc, PublicSubnetIDs: []string{public1, public2}},
		"Network.PublicSubnetIDs is []; allowed is two subnets or more":                            {VpcID: vpc, PrivateSubnetIDs: []string{inner1, inner2}},
		"Network.VpcID is \"vpc-1\"; allowed is the id of a VPC":                                   {VpcID: "vpc-1", PublicSubnetIDs: []string{public1, public2}},
		"allowed is ids of subnets": {VpcID: vpc, PublicSubnetIDs: []string{public1, public1}},
	} {
		args := required()
		args.Network = network
		require.ErrorContains(t, refused(t, args), want)
	}
	args := required()
	args.Network, args.HTTPS.CloudFront = compute.NetworkArgs{VpcID: vpc, PrivateSubnetIDs: []string{inner1}}, true
	assert.ErrorContains(t, refused(t, args), "Network.PrivateSubnetIDs is ["+inner1+"]; allowed is two subnets or more")
}

func TestNetwork_privateFirstPreview_idsAreUnknown(t *testing.T) {
	args := required()
	args.Network.Kind = "private"
	graph := &componentstest.Graph{Outputs: map[string]resource.PropertyMap{}}
	require.NoError(t, graph.Preview(t, program(args)))
	assert.Len(t, graph.Of(endpointType), 7)
}
