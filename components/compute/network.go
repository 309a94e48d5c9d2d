package compute

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network is where load balancer and tasks are.
type network struct {
	vpcID   pulumi.StringOutput
	subnets pulumi.StringArrayOutput
}

// network looks up the default VPC and its public subnets.
func (b *builder) network() (network, error) {
	within := pulumi.Parent(b.Parent)
	vpcs, err := ec2.GetVpcs(b.Ctx, &ec2.GetVpcsArgs{
		Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}},
	}, within)
	if err != nil {
		return network{}, fmt.Errorf("looking for the default VPC: %w", err)
	}
	if len(vpcs.Ids) == 0 {
		return network{}, fmt.Errorf("there is no default VPC in %s; make one with: aws ec2 create-default-vpc --region %s",
			b.args.Region, b.args.Region)
	}
	subnets, err := ec2.GetSubnets(b.Ctx, &ec2.GetSubnetsArgs{Filters: []ec2.GetSubnetsFilter{
		{Name: "vpc-id", Values: vpcs.Ids},
		{Name: "map-public-ip-on-launch", Values: []string{"true"}},
	}}, within)
	if err != nil {
		return network{}, fmt.Errorf("looking for the subnets of the default VPC: %w", err)
	}
	ids, err := usable(subnets.Ids, b.args.Region)
	if err != nil {
		return network{}, err
	}
	return network{
		vpcID:   pulumi.String(vpcs.Ids[0]).ToStringOutput(),
		subnets: pulumi.ToStringArray(ids).ToStringArrayOutput(),
	}, nil
}

// usable are the subnets in one order, if there are as many as a load balancer
// needs. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
func usable(subnets []string, region string) ([]string, error) {
	if len(subnets) < 2 {
		return nil, fmt.Errorf("the default VPC has the public subnets %v; a load balancer needs two, in different zones: "+
			"make the missing ones with: aws ec2 create-default-subnet --region %s --availability-zone %sb", subnets, region, region)
	}
	sorted := slices.Clone(subnets)
	slices.Sort(sorted)
	return sorted, nil
}
