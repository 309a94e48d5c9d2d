package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// originFacing are the addresses that CloudFront reaches origins from.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html
	originFacing = "com.amazonaws.global.cloudfront.origin-facing"
	// cachingDisabled is a policy that AWS manages.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
	cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	// allViewer forwards all headers, Host included, cookies and query strings.
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
	allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	origin    = "api"
)

// neverCached are the errors that CloudFront caches for ten seconds unless it is
// told otherwise, caching policy or not.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
var neverCached = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

// fromCloudFront opens the load balancer to CloudFront only.
func (b *builder) fromCloudFront() ([]rule, error) {
	name := originFacing
	list, err := ec2.LookupManagedPrefixList(b.Ctx, &ec2.LookupManagedPrefixListArgs{Name: &name}, pulumi.Parent(b.Parent))
	if err != nil {
		return nil, fmt.Errorf("looking for CloudFront's addresses: %w", err)
	}
	return []rule{{description: "From CloudFront", prefixList: list.Id, port: httpPort}}, nil
}

// distribution makes a distribution before the internal load balancer, which it
// reaches inside AWS's network. It changes no request and no response, and caches
// none. A request by HTTP is redirected with its method: 307 for a POST.
func (b *builder) distribution(balancer *lb.LoadBalancer, listener *lb.Listener, out *Compute) error {
	way, err := cloudfront.NewVpcOrigin(b.Ctx, b.names.Named("cdn"), &cloudfront.VpcOriginArgs{
		VpcOriginEndpointConfig: &cloudfront.VpcOriginVpcOriginEndpointConfigArgs{
			Name: pulumi.String(b.names.Named("cdn")), Arn: balancer.Arn,
			HttpPort: pulumi.Int(httpPort), HttpsPort: pulumi.Int(httpsPort),
			OriginProtocolPolicy: pulumi.String("http-only"),
			OriginSslProtocols: &cloudfront.VpcOriginVpcOriginEndpointConfigOriginSslProtocolsArgs{
				Items: pulumi.StringArray{pulumi.String("TLSv1.2")}, Quantity: pulumi.Int(1),
			},
		},
		Tags: b.Tags,
	}, b.Child(pulumi.DependsOn([]pulumi.Resource{listener}))...)
	if err != nil {
		return err
	}
	var errors cloudfront.DistributionCustomErrorResponseArray
	for _, status := range neverCached {
		errors = append(errors, &cloudfront.DistributionCustomErrorResponseArgs{
			ErrorCode: pulumi.Int(status), ErrorCachingMinTtl: pulumi.Int(0),
		})
	}
	made, err := cloudfront.NewDistribution(b.Ctx, b.names.Named("cdn"), &cloudfront.DistributionArgs{
		Enabled: pulumi.Bool(true), Comment: pulumi.String(b.names.Named("cdn")), WebAclId: orNone(pulumi.String(b.args.Balancer.WebACLArn)),
		HttpVersion: pulumi.String("http2"), IsIpv6Enabled: pulumi.Bool(true),
		// The edge locations of the lowest price; clients elsewhere are answered by these.
		PriceClass: pulumi.String("PriceClass_100"),
		Origins: cloudfront.DistributionOriginArray{&cloudfront.DistributionOriginArgs{
			OriginId: pulumi.String(origin), DomainName: balancer.DnsName,
			VpcOriginConfig: &cloudfront.DistributionOriginVpcOriginConfigArgs{
				VpcOriginId: way.ID(),
				// Less than the load balancer's idle timeout, so that CloudFront sends
				// no request through a connection that is being closed.
				OriginKeepaliveTimeout: pulumi.Int(30),
				OriginReadTimeout:      pulumi.Int(60),
			},
		}},
		DefaultCacheBehavior: &cloudfront.DistributionDefaultCacheBehaviorArgs{
			TargetOriginId:       pulumi.String(origin),
			ViewerProtocolPolicy: pulumi.String("redirect-to-https"),
			AllowedMethods:       pulumi.ToStringArray([]string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
			CachedMethods:        pulumi.ToStringArray([]string{"GET", "HEAD"}),
			CachePolicyId:        pulumi.String(cachingDisabled), OriginRequestPolicyId: pulumi.String(allViewer),
			Compress: pulumi.Bool(false),
		},
		CustomErrorResponses: errors,
		Restrictions: &cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: &cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		ViewerCertificate: &cloudfront.DistributionViewerCertificateArgs{CloudfrontDefaultCertificate: pulumi.Bool(true)},
		Tags:              b.Tags,
	}, b.Child()...)
	if err != nil {
		return err
	}
	out.URL = pulumi.Sprintf("https://%s", made.DomainName)
	return nil
}
