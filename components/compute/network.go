package compute

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsx "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network is where load balancer and tasks are.
type network struct {
	vpcID   pulumi.StringOutput
	subnets pulumi.StringArrayOutput
}

// network looks up the default VPC. awsx stops in an account without one, too,
// but inside its own process, where nothing can be said of what to do.
func (b *builder) network() (network, error) {
	vpcs, err := ec2.GetVpcs(b.ctx, &ec2.GetVpcsArgs{
		Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}},
	}, pulumi.Parent(b.parent))
	if err != nil {
		return network{}, fmt.Errorf("looking for the default VPC: %w", err)
	}
	if len(vpcs.Ids) == 0 {
		return network{}, fmt.Errorf("account %s has no default VPC in %s; make one with: aws ec2 create-default-vpc --region %s",
			b.args.AccountID, b.args.Region, b.args.Region)
	}
	vpc, err := awsx.NewDefaultVpc(b.ctx, b.names.Prefix(), nil, b.child()...)
	if err != nil {
		return network{}, err
	}
	region := b.args.Region
	subnets := vpc.PublicSubnetIds.ApplyT(func(ids []string) ([]string, error) {
		return usable(ids, region)
	}).(pulumi.StringArrayOutput) //nolint:forcetypeassert // a function to []string gives no other
	return network{vpcID: vpc.VpcId, subnets: subnets}, nil
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
