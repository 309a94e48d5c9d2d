package compute

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NetworkArgs say where load balancer and tasks are.
type NetworkArgs struct {
	// Zones is how many availability zones load balancer and tasks are in, one
	// subnet in each. Each zone of a public load balancer costs a public address.
	Zones int `key:"zones" default:"2" validate:"min=2,max=6" description:"Availability zones of load balancer and tasks; each costs a public address"`
}

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
	zones := map[string]string{}
	for _, id := range subnets.Ids {
		subnet, err := ec2.LookupSubnet(b.Ctx, &ec2.LookupSubnetArgs{Id: &id}, within)
		if err != nil {
			return network{}, fmt.Errorf("looking for the zone of %s: %w", id, err)
		}
		zones[id] = subnet.AvailabilityZoneId
	}
	ids, err := onePerZone(zones, b.args.Network.Zones, b.args.Region)
	if err != nil {
		return network{}, err
	}
	return network{
		vpcID:   pulumi.String(vpcs.Ids[0]).ToStringOutput(),
		subnets: pulumi.ToStringArray(ids).ToStringArrayOutput(),
	}, nil
}

// onePerZone chooses subnets from those whose zones' ids are given: the first of
// each of the first zones, so that the choice is the same every time. A load
// balancer takes one subnet of a zone, and needs two.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
func onePerZone(zones map[string]string, count int, region string) ([]string, error) {
	first := map[string]string{}
	ids := slices.Sorted(maps.Keys(zones))
	for _, id := range ids {
		if first[zones[id]] == "" {
			first[zones[id]] = id
		}
	}
	if len(first) < count {
		return nil, fmt.Errorf("the default VPC has the public subnets %v, in %d zones; zones is %d, and a load balancer needs two: "+
			"lower zones, or make the missing subnets with: aws ec2 create-default-subnet --region %s --availability-zone %sb",
			ids, len(first), count, region, region)
	}
	chosen := make([]string, 0, count)
	for _, zone := range slices.Sorted(maps.Keys(first))[:count] {
		chosen = append(chosen, first[zone])
	}
	return chosen, nil
}
