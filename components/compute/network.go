package compute

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NetworkArgs say where load balancer and tasks are.
type NetworkArgs struct {
	// Kind is the account's default VPC, or one that the component makes, in which
	// tasks have no way to the internet.
	Kind string `key:"network" default:"default" validate:"oneof=default private" description:"The default VPC, or a VPC of its own whose tasks reach AWS through endpoints only"`
	// Zones is how many availability zones load balancer and tasks are in, one
	// subnet in each. Each zone of a public load balancer costs a public address.
	Zones int `key:"zones" default:"2" validate:"min=2,max=6" description:"Availability zones of load balancer and tasks; each costs a public address"`
	// VpcID is an existing VPC. PublicSubnetIDs are those of a public load
	// balancer; PrivateSubnetIDs those of the tasks and of an internal load
	// balancer. Without private subnets everything is in the public ones.
	VpcID            string   `key:"vpcId" validate:"vpc" description:"An existing VPC, with publicSubnetIds, privateSubnetIds or both"`
	PublicSubnetIDs  []string `key:"publicSubnetIds" validate:"unique,dive,subnet" allowed:"ids of subnets such as subnet-0123456789abcdef0, each once" description:"Subnets of vpcId for the load balancer, in two zones or more"`
	PrivateSubnetIDs []string `key:"privateSubnetIds" validate:"unique,dive,subnet" allowed:"ids of subnets such as subnet-0123456789abcdef0, each once" description:"Subnets of vpcId for the tasks, which have no public addresses there; they need a NAT or endpoints"`
}

const private = "private"

var networkFormats = args.Formats{
	"vpc":    {Form: regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`), Allowed: "the id of a VPC, such as vpc-0123456789abcdef0"},
	"subnet": {Form: regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)},
}

// validate refuses settings that contradict each other. A load balancer needs two
// subnets.
func (n NetworkArgs) validate(internal bool) error {
	var wrong []error
	refuse := func(field string, value any, allowed string) {
		wrong = append(wrong, &args.Error{Field: "Network." + field, Value: value, Allowed: allowed})
	}
	if n.VpcID == "" {
		if len(n.PublicSubnetIDs) > 0 {
			refuse("PublicSubnetIDs", n.PublicSubnetIDs, "a list with {Network.VpcID} only")
		}
		if len(n.PrivateSubnetIDs) > 0 {
			refuse("PrivateSubnetIDs", n.PrivateSubnetIDs, "a list with {Network.VpcID} only")
		}
		return errors.Join(wrong...)
	}
	if n.Kind == private {
		refuse("VpcID", n.VpcID, "a VPC without {Network.Kind}, which makes one")
	}
	if balancer := n.balancer(internal); len(balancer) < 2 {
		field := "PublicSubnetIDs"
		if internal && len(n.PrivateSubnetIDs) > 0 {
			field = "PrivateSubnetIDs"
		}
		refuse(field, balancer, "two subnets or more in different zones, which a load balancer needs")
	}
	return errors.Join(wrong...)
}

// balancer are the subnets of the load balancer in VpcID.
func (n NetworkArgs) balancer(internal bool) []string {
	if internal && len(n.PrivateSubnetIDs) > 0 {
		return n.PrivateSubnetIDs
	}
	return n.PublicSubnetIDs
}

// network is where load balancer and tasks are.
type network struct {
	vpcID pulumi.StringOutput
	// balancer and tasks are their subnets.
	balancer, tasks pulumi.StringArrayOutput
	// addresses gives tasks public addresses.
	addresses bool
	// private are the parts of a VPC of the component's own.
	private *privateNetwork
}

func (b *builder) network() (network, error) {
	given := b.args.Network
	switch {
	case given.Kind == private:
		return b.ownNetwork()
	case given.VpcID != "":
		found := network{
			vpcID:     pulumi.String(given.VpcID).ToStringOutput(),
			balancer:  pulumi.ToStringArray(given.balancer(b.args.HTTPS.CloudFront)).ToStringArrayOutput(),
			tasks:     pulumi.ToStringArray(given.PrivateSubnetIDs).ToStringArrayOutput(),
			addresses: len(given.PrivateSubnetIDs) == 0 && *b.args.AssignPublicIP,
		}
		if len(given.PrivateSubnetIDs) == 0 {
			found.tasks = found.balancer
		}
		return found, nil
	default:
		return b.defaultNetwork()
	}
}

// defaultNetwork looks up the default VPC and its public subnets.
func (b *builder) defaultNetwork() (network, error) {
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
	chosen := pulumi.ToStringArray(ids).ToStringArrayOutput()
	return network{
		vpcID:    pulumi.String(vpcs.Ids[0]).ToStringOutput(),
		balancer: chosen, tasks: chosen, addresses: *b.args.AssignPublicIP,
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
