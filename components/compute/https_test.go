package compute_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	certificateType = "aws:acm/certificate:Certificate"
	validationType  = "aws:acm/certificateValidation:CertificateValidation"
	recordType      = "aws:route53/record:Record"
	certificateArn  = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
	domain          = "ingest.example.com"
	zone            = "Z0123456789ABCDEFGHIJ"
)

// withURL returns the graph of the arguments and the output url.
func withURL(t *testing.T, https compute.HTTPSArgs) (graph *componentstest.Graph, url string) {
	t.Helper()
	found := make(chan string, 1)
	graph = &componentstest.Graph{}
	require.NoError(t, graph.Run(t, func(ctx *pulumi.Context) error {
		args := required()
		args.HTTPS = https
		made, err := compute.New(ctx, "compute", &args)
		if err != nil {
			return err
		}
		made.URL.ApplyT(func(url string) int { found <- url; return 0 })
		return nil
	}))
	return graph, <-found
}

func TestHTTPS_certificate_forwards443AndRedirects80(t *testing.T) {
	graph, url := withURL(t, compute.HTTPSArgs{CertificateArn: certificateArn})
	https, http := graph.One(t, listenerType, "ingest-prod-https"), graph.One(t, listenerType, "ingest-prod-http")
	for setting, want := range map[string]any{
		"port": 443.0, "protocol": "HTTPS", "certificateArn": certificateArn, "loadBalancerArn": albARN,
		"sslPolicy":      "ELBSecurityPolicy-TLS13-1-2-2021-06", // FSBP ELB.17
		"defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": targetsARN}},
	} {
		assert.Equal(t, want, https.Plain(setting), setting)
	}
	assert.Equal(t, []any{map[string]any{ // FSBP ELB.1
		"type": "redirect", "redirect": map[string]any{"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
	}}, http.Plain("defaultActions"))
	assert.InDelta(t, 80.0, http.Plain("port"), 0)
	assert.True(t, http.WaitsFor(https), "the target group has a listener at every moment")
	assert.True(t, graph.One(t, serviceType, "ingest-prod-api").WaitsFor(https))
	assert.Equal(t, []string{"tcp 80-80 [0.0.0.0/0]", "tcp 443-443 [0.0.0.0/0]"}, opened(t, graph, "alb", "ingress"))
	assert.Empty(t, graph.Of(certificateType))
	assert.Empty(t, graph.Of(recordType))
	assert.Equal(t, "https://ingest-prod-alb.eu-west-1.elb.amazonaws.com", url)
}

func TestHTTPS_domain_makesCertificateAndRecords(t *testing.T) {
	graph, url := withURL(t, compute.HTTPSArgs{DomainName: domain, HostedZoneID: zone})
	certificate := graph.One(t, certificateType, "ingest-prod-https")
	assert.Equal(t, domain, certificate.Plain("domainName"))
	assert.Equal(t, "DNS", certificate.Plain("validationMethod"))
	assert.Equal(t, "ingest", certificate.Plain("tags").(map[string]any)["Project"])

	proof := graph.One(t, recordType, "ingest-prod-certificate")
	for setting, want := range map[string]any{
		"zoneId": zone, "name": "_x1." + domain + ".", "type": "CNAME", "records": []any{"_x2.acm-validations.aws."}, "ttl": 300.0,
	} {
		assert.Equal(t, want, proof.Plain(setting), setting)
	}
	validation := graph.One(t, validationType, "ingest-prod-https")
	assert.Equal(t, []any{"_x1." + domain + "."}, validation.Plain("validationRecordFqdns"))
	https := graph.One(t, listenerType, "ingest-prod-https")
	assert.Equal(t, validation.Plain("certificateArn"), https.Plain("certificateArn"))
	assert.True(t, https.WaitsFor(validation), "a certificate is used after it has been issued")

	alias := graph.One(t, recordType, "ingest-prod-domain")
	for setting, want := range map[string]any{
		"zoneId": zone, "name": domain, "type": "A",
		"aliases": []any{map[string]any{
			"name": "ingest-prod-alb.eu-west-1.elb.amazonaws.com", "zoneId": "ZALB", "evaluateTargetHealth": true,
		}},
	} {
		assert.Equal(t, want, alias.Plain(setting), setting)
	}
	assert.Equal(t, "https://"+domain, url)
	graph.AssertDescent(t, compute.Type)
}

func TestHTTPS_certificateAndDomain(t *testing.T) {
	graph, url := withURL(t, compute.HTTPSArgs{CertificateArn: certificateArn, DomainName: domain})
	assert.Empty(t, graph.Of(recordType), "without its zone, the record is the operator's")
	assert.Equal(t, "https://"+domain, url)

	graph, _ = withURL(t, compute.HTTPSArgs{CertificateArn: certificateArn, DomainName: domain, HostedZoneID: zone})
	assert.Empty(t, graph.Of(certificateType))
	assert.Len(t, graph.Of(recordType), 1)
}

func TestHTTPS_firstPreview_recordIsUnknown(t *testing.T) {
	args := required()
	args.HTTPS = compute.HTTPSArgs{DomainName: domain, HostedZoneID: zone}
	graph := &componentstest.Graph{}
	require.NoError(t, graph.Preview(t, program(args)))
	assert.Len(t, graph.Of(recordType), 2)
}

func TestHTTPS_contradictions(t *testing.T) {
	for name, c := range map[string]struct {
		https compute.HTTPSArgs
		want  string
	}{
		"a domain alone": {
			compute.HTTPSArgs{DomainName: domain},
			`HTTPS.DomainName is "ingest.example.com"; allowed is a domain with HTTPS.HostedZoneID, or with the HTTPS.CertificateArn of its certificate`,
		},
		"a zone alone": {
			compute.HTTPSArgs{HostedZoneID: zone}, `HTTPS.HostedZoneID is "` + zone + `"; allowed is a hosted zone with HTTPS.DomainName only`,
		},
		"a certificate of another region": {
			compute.HTTPSArgs{CertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1"}, "allowed is a certificate in eu-west-1",
		},
		"no certificate": {compute.HTTPSArgs{CertificateArn: "arn:aws:iam::123456789012:role/x"}, "allowed is the ARN of an ACM certificate"},
		"a wildcard":     {compute.HTTPSArgs{DomainName: "*.example.com", HostedZoneID: zone}, "allowed is one domain name in lower case"},
		"a URL":          {compute.HTTPSArgs{DomainName: "https://example.com", HostedZoneID: zone}, "allowed is one domain name in lower case"},
		"no hosted zone": {compute.HTTPSArgs{DomainName: domain, HostedZoneID: "/hostedzone/Z1"}, "allowed is the id of a hosted zone"},
		"65 characters":  {compute.HTTPSArgs{DomainName: "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", HostedZoneID: zone}, "up to 64 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			args := required()
			args.Region, args.HTTPS = "eu-west-1", c.https
			assert.ErrorContains(t, refused(t, args), c.want)
		})
	}
}
