package compute_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	distributionType = "aws:cloudfront/distribution:Distribution"
	originType       = "aws:cloudfront/vpcOrigin:VpcOrigin"
)

func TestCloudFront_isTheOnlyWayToTheLoadBalancer(t *testing.T) {
	graph, url := withURL(t, compute.HTTPSArgs{CloudFront: true})
	assert.Equal(t, "https://d111111abcdef8.cloudfront.net", url)
	assert.Equal(t, true, graph.One(t, albType, "ingest-prod-alb").Plain("internal"))
	assert.Equal(t, []string{"tcp 80-80 [pl-cloudfront]"}, opened(t, graph, "alb", "ingress"))
	asked := graph.Calls("aws:ec2/getManagedPrefixList:getManagedPrefixList")
	require.Len(t, asked, 1)
	assert.Equal(t, "com.amazonaws.global.cloudfront.origin-facing", asked[0].Args["name"].StringValue())

	way := graph.One(t, originType, "ingest-prod-cdn")
	assert.Equal(t, map[string]any{
		"name": "ingest-prod-cdn", "arn": albARN, "httpPort": 80.0, "httpsPort": 443.0,
		"originProtocolPolicy": "http-only", "originSslProtocols": map[string]any{"items": []any{"TLSv1.2"}, "quantity": 1.0},
	}, way.Plain("vpcOriginEndpointConfig"))
	assert.True(t, way.WaitsFor(graph.One(t, listenerType, "ingest-prod-http")))
	assert.Equal(t, []any{map[string]any{
		"originId": "api", "domainName": "ingest-prod-alb.eu-west-1.elb.amazonaws.com",
		"vpcOriginConfig": map[string]any{"vpcOriginId": "ingest-prod-cdn-id", "originKeepaliveTimeout": 30.0, "originReadTimeout": 60.0},
	}}, graph.One(t, distributionType, "ingest-prod-cdn").Plain("origins"))
	graph.AssertDescent(t, compute.Type)
	for _, typ := range []string{originType, distributionType} {
		assert.Equal(t, "prod", graph.One(t, typ, "ingest-prod-cdn").Plain("tags").(map[string]any)["Environment"], typ)
	}
}

func TestCloudFront_doesNotCache(t *testing.T) {
	graph, _ := withURL(t, compute.HTTPSArgs{CloudFront: true})
	distribution := graph.One(t, distributionType, "ingest-prod-cdn")
	for setting, want := range map[string]any{
		"targetOriginId": "api", "viewerProtocolPolicy": "redirect-to-https", // FSBP CloudFront.3
		"allowedMethods": []any{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}, "cachedMethods": []any{"GET", "HEAD"},
		"cachePolicyId":         "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled
		"originRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3", // AllViewer: the Host header is the client's
		"compress":              false,
	} {
		assert.Equal(t, want, distribution.Plain("defaultCacheBehavior").(map[string]any)[setting], setting)
	}
	kept := map[float64]float64{}
	for _, answer := range distribution.Plain("customErrorResponses").([]any) {
		rule := answer.(map[string]any)
		assert.Len(t, rule, 2, "the answer stays what it is")
		kept[rule["errorCode"].(float64)] = rule["errorCachingMinTtl"].(float64)
	}
	for _, status := range []float64{400, 403, 404, 405, 500, 503} {
		seconds, set := kept[status]
		assert.True(t, set, status)
		assert.InDelta(t, 0.0, seconds, 0, status)
	}
}

// A target group belongs to one load balancer.
func TestCloudFront_hasItsOwnTargetGroup(t *testing.T) {
	graph, _ := withURL(t, compute.HTTPSArgs{CloudFront: true})
	targets := strings.Replace(targetsARN, "ingest-prod-api", "ingest-prod-cdn", 1)
	assert.Equal(t, []any{map[string]any{"type": "forward", "targetGroupArn": targets}}, graph.One(t, listenerType, "ingest-prod-http").Plain("defaultActions"))
	balancers := graph.One(t, serviceType, "ingest-prod-api").Plain("loadBalancers").([]any)
	assert.Equal(t, targets, balancers[0].(map[string]any)["targetGroupArn"])
}

func TestCloudFront_contradictions(t *testing.T) {
	for _, https := range []compute.HTTPSArgs{
		{CloudFront: true, CertificateArn: certificateArn}, {CloudFront: true, DomainName: domain, HostedZoneID: zone},
	} {
		args := required()
		args.HTTPS = https
		require.ErrorContains(t, refused(t, args), "HTTPS.CloudFront is true; allowed is true without HTTPS.CertificateArn, HTTPS.DomainName and HTTPS.HostedZoneID")
	}
	args := required()
	args.Region, args.HTTPS.CloudFront = "cn-north-1", true
	assert.ErrorContains(t, refused(t, args), "HTTPS.CloudFront is true; allowed is false in cn-north-1")
}

func TestCloudFront_prefixListLookupFails_isAnError(t *testing.T) {
	args := required()
	args.HTTPS.CloudFront = true
	graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{
		"aws:ec2/getManagedPrefixList:getManagedPrefixList": func(resource.PropertyMap) (resource.PropertyMap, error) {
			return nil, assert.AnError
		},
	}}
	require.ErrorContains(t, graph.Run(t, program(args)), "looking for CloudFront's addresses")
	assert.Empty(t, graph.Of(albType))
}
