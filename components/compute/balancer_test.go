package compute_test

import (
	"fmt"
	"testing"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	associationType = "aws:wafv2/webAclAssociation:WebAclAssociation"
	regionalACL     = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/edge/12345678-1234-1234-1234-123456789012"
	globalACL       = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/12345678-1234-1234-1234-123456789012"
)

func TestAccessLogs_bucketTakesThoseOfTheEnvironmentsLoadBalancer(t *testing.T) {
	args := required()
	args.Balancer.AccessLogDays = 90
	graph := build(t, args)
	bucket := graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-prod-alb-logs")
	assert.Equal(t, "ingest-prod-eu-west-1-alb-logs-123456789012", bucket.Plain("bucket"))
	assert.True(t, bucket.Protect)
	expiry := graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "ingest-prod-alb-logs").Plain("rules").([]any)[0].(map[string]any)
	assert.Equal(t, map[string]any{"days": 90.0}, expiry["expiration"])
	policy := graph.One(t, "aws:s3/bucketPolicy:BucketPolicy", "ingest-prod-alb-logs")
	balancer := graph.One(t, albType, "ingest-prod-alb")
	assert.Equal(t, map[string]any{"bucket": "ingest-prod-alb-logs-id", "enabled": true}, balancer.Plain("accessLogs")) // FSBP ELB.5
	assert.True(t, balancer.WaitsFor(policy), "turning logs on writes a first object")
	graph.AssertDescent(t, compute.Type)

	parsed, err := policyeval.Parse(policy.Plain("policy").(string))
	require.NoError(t, err)
	write := func(account, name, key string) bool {
		return parsed.AllowsService("logdelivery.elasticloadbalancing.amazonaws.com", policyeval.Call{
			Action: "s3:PutObject", Resource: "arn:aws:s3:::ingest-prod-eu-west-1-alb-logs-123456789012/" + key,
			Context: map[string][]string{
				"aws:SourceArn":       {"arn:aws:elasticloadbalancing:eu-west-1:" + account + ":loadbalancer/app/" + name + "/1"},
				"aws:SecureTransport": {"true"},
			},
		})
	}
	assert.True(t, write("123456789012", "ingest-prod-alb-1a2b3c4", "AWSLogs/123456789012/elasticloadbalancing/a.log.gz"))
	assert.False(t, write("210987654321", "ingest-prod-alb-1a2b3c4", "AWSLogs/123456789012/a.log.gz"))
	assert.False(t, write("123456789012", "other", "AWSLogs/123456789012/a.log.gz"))
	assert.False(t, write("123456789012", "ingest-prod-alb-1a2b3c4", "AWSLogs/210987654321/a.log.gz"))

	args.Balancer.AccessLogForceDestroy = true
	assert.False(t, build(t, args).One(t, "aws:s3/bucketV2:BucketV2", "ingest-prod-alb-logs").Protect)
}

// A missing block would not take back what an earlier update has set.
func TestAccessLogs_off_areTurnedOffAtTheLoadBalancer(t *testing.T) {
	graph := build(t, required())
	assert.Equal(t, map[string]any{"bucket": "", "enabled": false}, graph.One(t, albType, "ingest-prod-alb").Plain("accessLogs"))
	assert.Empty(t, graph.Of("aws:s3/bucketV2:BucketV2"))
}

func TestDeletionProtection_isThatOfAWSAndOfPulumi(t *testing.T) {
	args := required()
	args.Balancer.DeletionProtection = true
	balancer := build(t, args).One(t, albType, "ingest-prod-alb")
	assert.Equal(t, true, balancer.Plain("enableDeletionProtection")) // FSBP ELB.6
	assert.True(t, balancer.Protect)
	assert.False(t, build(t, required()).One(t, albType, "ingest-prod-alb").Protect)
}

func TestWebACL_filtersWhatTheRequestsPass(t *testing.T) {
	args := required()
	args.Balancer.WebACLArn = regionalACL
	association := build(t, args).One(t, associationType, "ingest-prod-web-acl") // outside FSBP: ELB.16
	assert.Equal(t, regionalACL, association.Plain("webAclArn"))
	assert.Equal(t, "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/ingest-prod-alb/1", association.Plain("resourceArn"))

	args.Balancer.WebACLArn, args.HTTPS.CloudFront = globalACL, true
	graph := build(t, args)
	assert.Empty(t, graph.Of(associationType))
	assert.Equal(t, globalACL, graph.One(t, "aws:cloudfront/distribution:Distribution", "ingest-prod-cdn").Plain("webAclId"))
}

func TestWebACL_ofAnotherScope_isRefusedBeforeAnythingIsMade(t *testing.T) {
	for name, c := range map[string]struct {
		arn        string
		cloudFront bool
		wrong      string
	}{
		"regional":                    {regionalACL, false, ""},
		"global with CloudFront":      {globalACL, true, ""},
		"global without CloudFront":   {globalACL, false, "allowed is a regional web ACL"},
		"regional with CloudFront":    {regionalACL, true, "allowed is a global web ACL in us-east-1"},
		"regional of another region":  {"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/edge/1", false, "allowed is a regional web ACL"},
		"a web ACL of the old WAF":    {"arn:aws:waf-regional:eu-west-1:123456789012:webacl/1", false, "allowed is the ARN of a web ACL"},
		"the old one, and CloudFront": {"arn:aws:waf::123456789012:webacl/1", true, "is"},
	} {
		args := required()
		args.Region, args.Balancer.WebACLArn, args.HTTPS.CloudFront = "eu-west-1", c.arn, c.cloudFront
		if err := args.Validate(); c.wrong == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.wrong, name)
		}
	}
}

func TestContainerInsights_empty_leavesTheAccountsDefault(t *testing.T) {
	args := required()
	args.ContainerInsights = "enhanced"
	assert.Equal(t, []any{map[string]any{"name": "containerInsights", "value": "enhanced"}},
		build(t, args).One(t, clusterType, "ingest-prod-cluster").Plain("settings")) // FSBP ECS.12
	assert.False(t, build(t, required()).One(t, clusterType, "ingest-prod-cluster").Inputs.HasValue("settings"))
	args.ContainerInsights = "on"
	assert.ErrorContains(t, args.Validate(), "ContainerInsights")
}

// Guard rails of the load balancer: its access logs, kept for 90 days, a web ACL that
// exists already, and protection from deletion.
func ExampleBalancerArgs() {
	args := compute.Args{
		Environment: "prod",
		API:         compute.APIArgs{ImageTag: "sha-abc1234"},
		Worker:      compute.WorkerArgs{ImageTag: "sha-abc1234"},
		Balancer:    compute.BalancerArgs{AccessLogDays: 90, DeletionProtection: true, WebACLArn: regionalACL},
	}
	fmt.Println(args.Validate())
	// Output: <nil>
}
