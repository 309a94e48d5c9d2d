package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// frontend is what the api's service is behind.
type frontend struct {
	targets *lb.TargetGroup
	// listener is the one that forwards to the targets.
	listener *lb.Listener
}

// loadBalancer makes the load balancer, its target group and its listeners. The
// first two have no fixed name, so that a replacement can be made before
// what it replaces is gone.
//
// Without a setting it has no deletion protection, since it holds nothing that could
// not be made again, and keeps no access logs: the api logs every request.
func (b *builder) loadBalancer(net network, groups securityGroups, out *Compute) (frontend, error) {
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:        pulumi.String("application"),
		Internal:                pulumi.Bool(b.args.HTTPS.CloudFront),
		SecurityGroups:          pulumi.StringArray{groups.alb.ID(), groups.albToAPI.ID()},
		Subnets:                 net.balancer,
		DropInvalidHeaderFields: pulumi.Bool(true),
		DesyncMitigationMode:    pulumi.String("defensive"),
		// The api keeps idle connections longer than this, so that it is never the
		// one to close a connection that a request is on its way through.
		IdleTimeout: pulumi.Int(60),
		Tags:        b.Tags,
	}
	logs, err := b.accessLogs()
	if err != nil {
		return frontend{}, fmt.Errorf("making the bucket of access logs: %w", err)
	}
	args.AccessLogs = logs
	protected := b.args.Balancer.DeletionProtection
	if protected {
		args.EnableDeletionProtection = pulumi.Bool(true)
	}
	balancer, err := lb.NewLoadBalancer(b.Ctx, b.names.Named(b.balancerName()), args, b.Child(pulumi.Protect(protected))...)
	if err != nil {
		return frontend{}, err
	}
	if err := b.webACL(balancer); err != nil {
		return frontend{}, fmt.Errorf("associating the web ACL: %w", err)
	}
	targets, err := b.targets(net)
	if err != nil {
		return frontend{}, err
	}
	out.ALBArn, out.ALBDNSName, out.ALBTargetGroupArn = balancer.Arn, balancer.DnsName, targets.Arn
	return b.listeners(balancer, targets, out)
}

// balancerName differs with the kind of network: a load balancer cannot move to
// another VPC, and one of another name is made before the old one is gone.
func (b *builder) balancerName() string {
	switch given := b.args.Network; {
	case given.Kind == private:
		return "prv"
	case given.VpcID != "":
		return "vpc"
	default:
		return albName
	}
}

// targets makes the group of the api's tasks, which Fargate registers by their
// addresses. A target group belongs to one load balancer, so the internal one has
// another than the public one that it replaces.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
func (b *builder) targets(net network) (*lb.TargetGroup, error) {
	name := apiName
	if b.args.HTTPS.CloudFront {
		name = "cdn"
	}
	return lb.NewTargetGroup(b.Ctx, b.names.Named(name), &lb.TargetGroupArgs{
		VpcId:               net.vpcID,
		Port:                pulumi.Int(apiPort),
		Protocol:            pulumi.String("HTTP"),
		TargetType:          pulumi.String("ip"),
		DeregistrationDelay: pulumi.Int(30),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String("/healthz"),
			Matcher:            pulumi.String("200-399"),
			Interval:           pulumi.Int(30),
			Timeout:            pulumi.Int(5),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(2),
		},
		Tags: b.Tags,
	}, b.Child()...)
}
