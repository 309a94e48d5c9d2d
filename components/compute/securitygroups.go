package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroups are the groups of the services. The load balancer has two.
type securityGroups struct {
	alb, albToAPI, api, worker *ec2.SecurityGroup
}

const (
	httpPort   = 80
	httpsPort  = 443
	anyAddress = "0.0.0.0/0"
	tcp        = "tcp"
)

// securityGroups makes the groups of the load balancer, of the api's tasks and of
// the worker's. A group's rules are its own arguments, so that it has these alone:
// a preview shows a rule that was added elsewhere, and an update removes it. What
// leaves the load balancer is a separate group, since load balancer and api
// would otherwise name each other.
func (b *builder) securityGroups(net network) (groups securityGroups, err error) {
	// ECR, CloudWatch Logs, SSM, SQS and S3, none of which has fixed addresses.
	out := append([]rule{{description: "To AWS", port: httpsPort}}, b.args.toCollector()...)
	fromClients, err := b.fromClients()
	if err != nil {
		return groups, err
	}
	if groups.alb, err = b.group(net, albName, "Load balancer: in from the internet", rules{in: fromClients}); err != nil {
		return groups, err
	}
	if groups.api, err = b.group(net, apiName, "Tasks of the api: in from the load balancer, out to AWS", rules{
		in: []rule{{description: "From the load balancer", peer: groups.alb, port: apiPort}}, out: out,
	}); err != nil {
		return groups, err
	}
	if groups.albToAPI, err = b.group(net, "alb-to-api", "Load balancer: out to the tasks of the api", rules{
		out: []rule{{description: "To the tasks of the api", peer: groups.api, port: apiPort}},
	}); err != nil {
		return groups, err
	}
	groups.worker, err = b.group(net, workerName, "Tasks of the worker: nothing in, out to AWS", rules{out: out})
	return groups, err
}

// fromClients opens the ports of the load balancer's listeners.
func (b *builder) fromClients() ([]rule, error) {
	if b.args.HTTPS.CloudFront {
		return b.fromCloudFront()
	}
	open := []rule{{description: "From the internet", port: httpPort}}
	if b.args.HTTPS.certified() {
		open = append(open, rule{description: "From the internet", port: httpsPort})
	}
	return open, nil
}

// rules are all rules of a group.
type rules struct{ in, out []rule }

// rule opens a port to another group or to the addresses of a prefix list, or with
// neither to every address.
type rule struct {
	description string
	peer        *ec2.SecurityGroup
	prefixList  string
	port        int
}

// peers are the ends of a rule that are not the group's own.
func (r rule) peers() (addresses, groups, lists pulumi.StringArray) {
	switch {
	case r.peer != nil:
		return nil, pulumi.StringArray{r.peer.ID()}, nil
	case r.prefixList != "":
		return nil, nil, pulumi.StringArray{pulumi.String(r.prefixList)}
	default:
		return pulumi.StringArray{pulumi.String(anyAddress)}, nil, nil
	}
}

// group makes a group. Pulumi adds a random suffix to its name, since groups are used
// by id. AWS changes the description only by replacing the group.
func (b *builder) group(net network, name, description string, rules rules) (*ec2.SecurityGroup, error) {
	in, out := ec2.SecurityGroupIngressArray{}, ec2.SecurityGroupEgressArray{}
	for _, r := range rules.in {
		addresses, groups, lists := r.peers()
		in = append(in, &ec2.SecurityGroupIngressArgs{
			Description: pulumi.String(r.description), Protocol: pulumi.String(tcp),
			FromPort: pulumi.Int(r.port), ToPort: pulumi.Int(r.port), CidrBlocks: addresses, SecurityGroups: groups, PrefixListIds: lists,
		})
	}
	for _, r := range rules.out {
		addresses, groups, lists := r.peers()
		out = append(out, &ec2.SecurityGroupEgressArgs{
			Description: pulumi.String(r.description), Protocol: pulumi.String(tcp),
			FromPort: pulumi.Int(r.port), ToPort: pulumi.Int(r.port), CidrBlocks: addresses, SecurityGroups: groups, PrefixListIds: lists,
		})
	}
	group, err := ec2.NewSecurityGroup(b.Ctx, b.names.Named(name), &ec2.SecurityGroupArgs{
		Description: pulumi.String(description), VpcId: net.vpcID,
		Ingress: in, Egress: out, Tags: b.Tags,
	}, b.Child()...)
	if err != nil {
		return nil, fmt.Errorf("making the group %s: %w", name, err)
	}
	return group, nil
}
