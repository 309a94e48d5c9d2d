package compute

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/privatebucket"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// logDelivery writes the access logs of load balancers, which S3 can encrypt only
// under a key of its own.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
const logDelivery = "logdelivery.elasticloadbalancing.amazonaws.com"

// accessLogs makes the bucket of the load balancer's access logs, if they are kept.
// Expired logs are not kept as earlier versions.
//
// Without them the block is there, too, and turned off: the provider does not take a
// missing one as a change, and the load balancer would go on writing to a bucket that
// is deleted. The provider reads no bucket from such a block.
func (b *builder) accessLogs() (*lb.LoadBalancerAccessLogsArgs, error) {
	given := b.args.Balancer
	if given.AccessLogDays == 0 {
		return &lb.LoadBalancerAccessLogsArgs{Bucket: pulumi.String(""), Enabled: pulumi.Bool(false)}, nil
	}
	if err := b.Locate(&b.args.Region, &b.args.AccountID); err != nil {
		return nil, err
	}
	name := b.names.Named(b.args.Region, "alb-logs", b.args.AccountID)
	bucket, err := privatebucket.New(b.Ctx, b.names.Named("alb-logs"), privatebucket.Args{
		Name: name, ObjectDays: given.AccessLogDays, NoncurrentDays: 1, ForceDestroy: given.AccessLogForceDestroy, Tags: b.Tags,
		Statements: iamdoc.Document{{
			Sid: "AllowLogDelivery", Effect: iamdoc.Allow,
			Principal:  iamdoc.Principal{Services: []string{logDelivery}},
			Actions:    []string{"s3:PutObject"},
			Resources:  []string{fmt.Sprintf("arn:%s:s3:::%s/AWSLogs/%s/*", naming.Partition(b.args.Region), name, b.args.AccountID)},
			Conditions: iamdoc.Conditions{"ArnLike": {"aws:SourceArn": {naming.ARN("elasticloadbalancing", b.args.Region, b.args.AccountID, "loadbalancer/app/"+b.names.Named("*"))}}},
		}},
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	// Turning logs on writes a first object, which takes the policy.
	return &lb.LoadBalancerAccessLogsArgs{Bucket: bucket.Policy.Bucket, Enabled: pulumi.Bool(true)}, nil
}
