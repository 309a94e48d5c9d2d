package lifecycle

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const listenerType = "aws:lb/listener:Listener"

// HTTPS turned on in a running environment leaves what it has: first with a
// domain, then with CloudFront, which replaces only the load balancer.
func TestHTTPS_turnedOnLater_keepsData(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	const warning = "the api answers plain HTTP"
	assert.Contains(t, a.compute.Preview().Succeeds(t).Text(), warning)

	a.compute.Config("domainName", "ingest.example.com")
	a.compute.Config("hostedZoneId", "Z0123456789ABCDEFGHIJ")
	a.aws.Forget()
	up := a.compute.Up().Succeeds(t)
	assert.NotContains(t, up.Text(), warning)
	assert.Empty(t, a.aws.Calls(fakecloud.Delete), "nothing is replaced")
	assert.ElementsMatch(t, []string{
		"create aws:acm/certificate:Certificate ingest-prod-https",
		"create aws:route53/record:Record ingest-prod-certificate",
		"create aws:acm/certificateValidation:CertificateValidation ingest-prod-https",
		"create aws:route53/record:Record ingest-prod-domain",
		"create " + listenerType + " ingest-prod-https",
		"update " + listenerType + " ingest-prod-http",
		"update " + groupType + " ingest-prod-alb",
	}, a.changed())
	assert.Equal(t, "https://ingest.example.com", a.compute.Outputs()["url"])
	unchanged(t, a.compute)

	for _, key := range []string{"domainName", "hostedZoneId"} {
		a.compute.Unset(key)
	}
	a.compute.Config("cloudfront", "true")
	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Regexp(t, `^https://d[0-9a-f]+\.cloudfront\.net$`, a.compute.Outputs()["url"])
	balancers := a.aws.Resources("aws:lb/loadBalancer:LoadBalancer")
	require.Len(t, balancers, 1)
	assert.Equal(t, true, balancers[0].Attributes["internal"])
	var deleted []string
	for _, call := range a.aws.Calls(fakecloud.Delete) {
		deleted = append(deleted, call.String())
	}
	assert.ElementsMatch(t, []string{
		"delete " + listenerType + " ingest-prod-https", "delete " + listenerType + " ingest-prod-http",
		"delete aws:lb/loadBalancer:LoadBalancer ingest-prod-alb", "delete aws:lb/targetGroup:TargetGroup ingest-prod-api",
		"delete aws:route53/record:Record ingest-prod-domain", "delete aws:route53/record:Record ingest-prod-certificate",
		"delete aws:acm/certificateValidation:CertificateValidation ingest-prod-https",
		"delete aws:acm/certificate:Certificate ingest-prod-https",
	}, deleted, "services, repositories and logs stay")
	unchanged(t, a.compute)
}

// changed are the resources that were made and updated.
func (a *account) changed() []string {
	var all []string
	for _, call := range a.aws.Calls(fakecloud.Create, fakecloud.Update) {
		all = append(all, call.String())
	}
	return all
}
