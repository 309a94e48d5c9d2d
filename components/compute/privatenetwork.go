package compute

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// interfaceEndpoints are the services of AWS that tasks call, except S3, whose
// endpoint is a route. The agent that starts a task calls ECR and Logs, and the api
// reads a SecureString, which SSM decrypts with KMS.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
var interfaceEndpoints = []string{"ecr.api", "ecr.dkr", "kms", "logs", "sqs", "ssm"}

// privateNetwork are the parts of a VPC that endpoints are made from.
type privateNetwork struct {
	subnets, routeTables pulumi.StringArrayOutput
}

// ownNetwork makes a VPC with a public and an isolated subnet in each zone. Nothing
// in the isolated ones can reach the internet or be reached from it: there is no
// NAT, and the tasks call AWS through endpoints.
func (b *builder) ownNetwork() (network, error) {
	made, err := awsxec2.NewVpc(b.Ctx, b.names.Prefix(), &awsxec2.VpcArgs{
		NumberOfAvailabilityZones: &b.args.Network.Zones,
		EnableDnsHostnames:        pulumi.Bool(true), // for the endpoints' names
		EnableDnsSupport:          pulumi.Bool(true),
		NatGateways:               &awsxec2.NatGatewayConfigurationArgs{Strategy: awsxec2.NatGatewayStrategyNone},
		SubnetSpecs:               []awsxec2.SubnetSpecArgs{{Type: awsxec2.SubnetTypePublic}, {Type: awsxec2.SubnetTypeIsolated}},
		SubnetStrategy:            strategy(awsxec2.SubnetAllocationStrategyAuto),
		Tags:                      b.Tags,
	}, b.Child()...)
	if err != nil {
		return network{}, err
	}
	net := network{vpcID: made.VpcId, balancer: made.PublicSubnetIds, tasks: made.IsolatedSubnetIds}
	if b.args.HTTPS.CloudFront {
		net.balancer = made.IsolatedSubnetIds
	}
	// The id is known when the whole VPC has been made.
	tables := ec2.GetRouteTablesOutput(b.Ctx, ec2.GetRouteTablesOutputArgs{VpcId: made.VpcId.ToStringPtrOutput()}, pulumi.Parent(b.Parent))
	net.private = &privateNetwork{subnets: made.IsolatedSubnetIds, routeTables: tables.Ids()}
	return net, nil
}

func strategy(of awsxec2.SubnetAllocationStrategy) *awsxec2.SubnetAllocationStrategy { return &of }

// endpoints make the way from the tasks to AWS in a VPC of the component's own.
func (b *builder) endpoints(net network, groups securityGroups) ([]pulumi.Resource, error) {
	if net.private == nil {
		return nil, nil
	}
	group, err := b.group(net, "endpoints", "Endpoints of AWS: in from the tasks", rules{in: []rule{
		{description: "From the tasks of the api", peer: groups.api, port: httpsPort},
		{description: "From the tasks of the worker", peer: groups.worker, port: httpsPort},
	}})
	if err != nil {
		return nil, err
	}
	var all []pulumi.Resource
	add := func(service string, args *ec2.VpcEndpointArgs) error {
		args.VpcId, args.Tags = net.vpcID, b.Tags
		args.ServiceName = pulumi.String("com.amazonaws." + b.args.Region + "." + service)
		made, err := ec2.NewVpcEndpoint(b.Ctx, b.names.Named(strings.ReplaceAll(service, ".", "-")), args, b.Child()...)
		if err != nil {
			return fmt.Errorf("making the endpoint of %s: %w", service, err)
		}
		all = append(all, made)
		return nil
	}
	// Layers of images come from S3, too.
	if err := add("s3", &ec2.VpcEndpointArgs{VpcEndpointType: pulumi.String("Gateway"), RouteTableIds: net.private.routeTables}); err != nil {
		return nil, err
	}
	services := interfaceEndpoints
	if b.args.Data.ECSExec {
		services = append(slices.Clone(services), "ssmmessages")
	}
	for _, service := range services {
		if err := add(service, &ec2.VpcEndpointArgs{
			VpcEndpointType: pulumi.String("Interface"), PrivateDnsEnabled: pulumi.Bool(true),
			SubnetIds: net.private.subnets, SecurityGroupIds: pulumi.StringArray{group.ID()},
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
