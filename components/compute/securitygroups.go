package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroups are who may talk to whom.
type securityGroups struct {
	alb, api, worker *ec2.SecurityGroup
}

const (
	httpPort  = 80
	httpsPort = 443
	everybody = "0.0.0.0/0"
	tcp       = "tcp"
)

// securityGroups makes a group each for the load balancer, the api's tasks and
// the worker's. Their rules are resources of their own: load balancer and api
// name each other.
func (b *builder) securityGroups(net network) (groups securityGroups, err error) {
	for _, group := range []struct {
		into              **ec2.SecurityGroup
		name, description string
	}{
		{&groups.alb, albName, "Load balancer: from the internet, to the api's tasks"},
		{&groups.api, apiName, "Tasks of the api: from the load balancer, to AWS"},
		{&groups.worker, workerName, "Tasks of the worker: from nowhere, to AWS"},
	} {
		// AWS lets a group be used only by those who are in the VPC with it, so the
		// name need not be ours; the description cannot be changed without
		// replacing the group.
		*group.into, err = ec2.NewSecurityGroup(b.ctx, b.names.Named(group.name), &ec2.SecurityGroupArgs{
			Description: pulumi.String(group.description),
			VpcId:       net.vpcID,
			Tags:        b.tags(),
		}, b.child()...)
		if err != nil {
			return groups, err
		}
	}
	return groups, b.rules(groups)
}

// rules opens what is needed. The aws provider takes away the rule that AWS puts
// into every new group, which lets everything out.
func (b *builder) rules(groups securityGroups) error {
	for _, rule := range []struct {
		name, description string
		of, to            *ec2.SecurityGroup
		port              int
	}{
		{"alb-to-api", "To the api's tasks", groups.alb, groups.api, apiPort},
		// ECR, CloudWatch Logs, SSM, SQS and S3, none of which has fixed addresses.
		{"api-to-aws", "To AWS", groups.api, nil, httpsPort},
		{"worker-to-aws", "To AWS", groups.worker, nil, httpsPort},
	} {
		if err := b.egress(rule.name, rule.description, rule.of, rule.to, rule.port); err != nil {
			return fmt.Errorf("making the rule %s: %w", rule.name, err)
		}
	}
	for _, rule := range []struct {
		name, description string
		of, from          *ec2.SecurityGroup
		port              int
	}{
		{"internet-to-alb", "From the internet", groups.alb, nil, httpPort},
		{"alb-to-api", "From the load balancer", groups.api, groups.alb, apiPort},
	} {
		if err := b.ingress(rule.name, rule.description, rule.of, rule.from, rule.port); err != nil {
			return fmt.Errorf("making the rule %s: %w", rule.name, err)
		}
	}
	return nil
}

// egress lets a group out to another, or with none to every address.
func (b *builder) egress(name, description string, of, to *ec2.SecurityGroup, port int) error {
	args := &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: of.ID(), Description: pulumi.String(description), Tags: b.tags(),
		IpProtocol: pulumi.String(tcp), FromPort: pulumi.Int(port), ToPort: pulumi.Int(port),
	}
	if to == nil {
		args.CidrIpv4 = pulumi.String(everybody)
	} else {
		args.ReferencedSecurityGroupId = to.ID()
	}
	_, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.names.Named(name), args, b.child()...)
	return err
}

// ingress lets another group, or with none every address, into a group.
func (b *builder) ingress(name, description string, of, from *ec2.SecurityGroup, port int) error {
	args := &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: of.ID(), Description: pulumi.String(description), Tags: b.tags(),
		IpProtocol: pulumi.String(tcp), FromPort: pulumi.Int(port), ToPort: pulumi.Int(port),
	}
	if from == nil {
		args.CidrIpv4 = pulumi.String(everybody)
	} else {
		args.ReferencedSecurityGroupId = from.ID()
	}
	_, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.names.Named(name), args, b.child()...)
	return err
}
