package bootstrap_test

import "testing"

const (
	distribution = "arn:aws:cloudfront::123456789012:distribution/E1"
	vpcOrigin    = "arn:aws:cloudfront::123456789012:vpcorigin/vo_1"
	hostedZone   = "arn:aws:route53:::hostedzone/Z1"
	addresses    = "arn:aws:ec2:eu-west-1:aws:prefix-list/pl-1"
)

func TestCd_updatesTheDistributionOfTheProject(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	ours, theirs := projectTags("Resource", "ingest", "prod"), projectTags("Resource", "other", "prod")
	update := []string{"cloudfront:GetDistribution", "cloudfront:UpdateDistribution", "cloudfront:TagResource"}
	assertAllowed(
		t, cd,
		with(ours, distribution, update...), with(ours, vpcOrigin, "cloudfront:GetVpcOrigin"),
		calls("*", "ec2:DescribeManagedPrefixLists"), calls(addresses, "ec2:GetManagedPrefixListEntries"),
	)
	assertRefused(
		t, cd,
		with(theirs, distribution, update...), calls(distribution, update...),
		with(projectTags("Request", "ingest", "prod"), distribution, "cloudfront:CreateDistribution", "cloudfront:TagResource"),
		with(ours, distribution, "cloudfront:DeleteDistribution"), with(ours, vpcOrigin, "cloudfront:UpdateVpcOrigin", "cloudfront:DeleteVpcOrigin"),
		calls(hostedZone, "route53:ChangeResourceRecordSets"), with(ours, in("acm", "certificate/1"), "acm:DeleteCertificate", "acm:ExportCertificate"),
	)
}

func TestDrift_readsWhatHTTPSAdds(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	ours := projectTags("Resource", "ingest", "prod")
	assertAllowed(
		t, drift,
		with(ours, distribution, "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"), with(ours, vpcOrigin, "cloudfront:GetVpcOrigin"),
		with(ours, in("acm", "certificate/1"), "acm:DescribeCertificate", "acm:ListTagsForCertificate"),
		calls(hostedZone, "route53:GetHostedZone", "route53:ListResourceRecordSets"),
		calls("*", "ec2:DescribeManagedPrefixLists"), calls(addresses, "ec2:GetManagedPrefixListEntries"),
	)
	assertRefused(
		t, drift,
		calls(distribution, "cloudfront:GetDistribution"), calls(in("acm", "certificate/1"), "acm:DescribeCertificate"),
		with(ours, distribution, "cloudfront:UpdateDistribution", "cloudfront:TagResource"),
		with(ours, in("acm", "certificate/1"), "acm:GetCertificate", "acm:ExportCertificate"),
		calls(hostedZone, "route53:ChangeResourceRecordSets"),
	)
}

// A network of compute's own is made by an administrator.
func TestRoles_network_isReadOnly(t *testing.T) {
	graph := build(t, required())
	read := []string{"ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"}
	endpoints := []string{"ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists", "ec2:DescribeNetworkAcls", "ec2:DescribeInternetGateways"}
	change := []string{"ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateRoute", "ec2:CreateVpcEndpoint", "ec2:DeleteVpc", "ec2:ModifyVpcEndpoint"}
	for _, role := range []string{"cd", "drift"} {
		assertAllowed(t, identity(t, graph, role), calls("*", read...), calls("*", endpoints...))
		assertRefused(t, identity(t, graph, role), calls("*", change...), with(projectTags("Resource", "ingest", "prod"), in("ec2", "vpc/vpc-1"), change...))
	}
	assertAllowed(t, identity(t, graph, "preview"), calls("*", read...))
}

func TestPreview_readsThePrefixListOfCloudFront(t *testing.T) {
	preview := identity(t, build(t, required()), "preview")
	assertAllowed(t, preview, calls("*", "ec2:DescribeManagedPrefixLists"), calls(addresses, "ec2:GetManagedPrefixListEntries"))
	assertRefused(t, preview, calls("arn:aws:ec2:eu-west-1:123456789012:prefix-list/pl-1", "ec2:GetManagedPrefixListEntries"))
}

func TestRoles_webACLAndAccessLogs_areReadOnly(t *testing.T) {
	graph := build(t, required())
	regional, global := in("wafv2", "regional/webacl/edge/1"), "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1"
	balancer := in("elasticloadbalancing", "loadbalancer/app/ingest-prod-alb-1a2b3c4/1")
	bucket := "arn:aws:s3:::ingest-prod-eu-west-1-alb-logs-123456789012"
	change := []string{"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:UpdateWebACL", "wafv2:DeleteWebACL"}
	assertAllowed(
		t, identity(t, graph, "drift"),
		calls(regional, "wafv2:GetWebACL", "wafv2:GetWebACLForResource"), calls(balancer, "wafv2:GetWebACLForResource"),
		calls(bucket, "s3:GetBucketPolicy", "s3:GetLifecycleConfiguration", "s3:ListBucket"),
	)
	assertAllowed(t, identity(t, graph, "cd"), calls(global, "wafv2:GetWebACL"))
	for _, role := range []string{"cd", "drift", "preview", "ci"} {
		assertRefused(
			t, identity(t, graph, role), calls(regional, change...), calls(global, change...), calls(balancer, append(change, "elasticloadbalancing:SetWebAcl")...),
			calls(bucket, "s3:PutBucketPolicy", "s3:DeleteBucket"), calls(bucket+"/AWSLogs/1", "s3:GetObject", "s3:DeleteObject"),
		)
	}
}
