package compute

import (
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// BalancerArgs are guard rails of the load balancer. All are off by default.
type BalancerArgs struct {
	// AccessLogDays is how long access logs are kept.
	AccessLogDays int `key:"albAccessLogDays" default:"0" validate:"min=0,max=3650" description:"Days that access logs of the load balancer are kept, in a bucket of their own; 0 writes none"`
	// AccessLogForceDestroy allows that bucket to be destroyed with logs in it. Without
	// it the bucket is protected.
	AccessLogForceDestroy bool `key:"albAccessLogForceDestroy" description:"Allows the bucket of access logs to be destroyed with what it holds; without it it is protected"`
	// DeletionProtection makes AWS and pulumi refuse to delete the load balancer, also
	// in order to replace it.
	DeletionProtection bool `key:"albDeletionProtection" description:"Refuses to delete or replace the load balancer until this is false again"`
	// WebACLArn is a web ACL of AWS WAF: a regional one, or with HTTPS.CloudFront a
	// global one, which then filters the requests to the distribution.
	WebACLArn string `key:"webAclArn" validate:"webACL" description:"ARN of a web ACL of AWS WAF that filters requests: a regional one of this region or, with cloudfront, a global one"`
}

// balancerFormats are the forms of the load balancer's arguments.
var balancerFormats = args.Formats{"webACL": {
	Form:    regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:(regional|global)/webacl/[A-Za-z0-9_-]{1,128}/[A-Za-z0-9-]+$`),
	Allowed: "the ARN of a web ACL of AWS WAF: arn:aws:wafv2:<region>:<account>:<regional or global>/webacl/<name>/<id>",
}}

// validate refuses a web ACL that cannot filter what the requests pass. Global ones
// are in us-east-1. https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
func (b BalancerArgs) validate(region string, cloudFront bool) error {
	parts := strings.Split(b.WebACLArn, ":")
	if b.WebACLArn == "" || len(parts) < 6 {
		return nil
	}
	global := strings.HasPrefix(parts[5], "global/")
	switch {
	case cloudFront && (!global || parts[3] != "us-east-1"):
		return &args.Error{Field: "Balancer.WebACLArn", Value: b.WebACLArn, Allowed: "a global web ACL in us-east-1 with {HTTPS.CloudFront}"}
	case !cloudFront && (global || region != "" && parts[3] != region):
		return &args.Error{Field: "Balancer.WebACLArn", Value: b.WebACLArn, Allowed: "a regional web ACL of the load balancer's region without {HTTPS.CloudFront}"}
	}
	return nil
}

// webACL lets the web ACL filter the load balancer's requests, unless it filters
// those of the distribution.
func (b *builder) webACL(balancer *lb.LoadBalancer) error {
	if b.args.Balancer.WebACLArn == "" || b.args.HTTPS.CloudFront {
		return nil
	}
	// The SDK's package wafv2 takes minutes to build, for this one resource.
	var association struct{ pulumi.CustomResourceState }
	return b.Ctx.RegisterResource("aws:wafv2/webAclAssociation:WebAclAssociation", b.names.Named("web-acl"), pulumi.Map{
		"resourceArn": balancer.Arn, "webAclArn": pulumi.String(b.args.Balancer.WebACLArn),
	}, &association, b.Child(pulumi.Version(providerVersion()))...)
}

// providerVersion is the version of the aws provider that the SDK's other resources
// ask for: the SDK's own. It is empty in a test, whose binary does not know it.
func providerVersion() string {
	build, _ := debug.ReadBuildInfo()
	if build == nil {
		return ""
	}
	for _, module := range build.Deps {
		if module.Path == "github.com/pulumi/pulumi-aws/sdk/v6" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return ""
}
