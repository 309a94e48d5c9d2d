package bootstrap

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
)

// What HTTPS adds. Certificates, records and distributions are made once, by an
// administrator, and known by the project's tags; cd keeps a distribution up to
// date. It neither makes one nor deletes one: a role that may tag what it makes
// could tag what is another's, and change it then.

// edge is the ARN of something of CloudFront.
func (s scope) edge(resource string) string {
	return fmt.Sprintf("arn:%s:cloudfront::%s:%s", s.partition(), s.account, resource)
}

// tagged are the tags of what this project has made.
func (s scope) tagged() iamdoc.Conditions {
	return iamdoc.Conditions{"StringEquals": {"aws:ResourceTag/Project": {s.project}, "aws:ResourceTag/Environment": s.environments}}
}

const ids = "the ARNs are ids; the tags leave this project's"

func (s scope) cdHTTPS() iamdoc.Document {
	return append(append(s.prefixLists(), s.readEdge()), iamdoc.Statement{
		Sid: "ChangeDistribution", Effect: iamdoc.Allow,
		Actions:   []string{"cloudfront:TagResource", "cloudfront:UntagResource", "cloudfront:UpdateDistribution"},
		Resources: []string{s.edge("distribution/*")}, Reason: ids, Conditions: s.tagged(),
	}, iamdoc.Statement{
		// An update names the web ACL of the distribution again.
		Sid: "ReadWebACLs", Effect: iamdoc.Allow,
		Actions: []string{"wafv2:GetWebACL"}, Resources: []string{s.webACLs("us-east-1", "global")},
	})
}

// webACLs are the ARNs of the account's web ACLs of a scope, one of which is a
// setting of compute.
func (s scope) webACLs(region, of string) string {
	return naming.ARN("wafv2", region, s.account, of+"/webacl/*")
}

// readEdge is what the provider reads of a distribution.
func (s scope) readEdge() iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "ReadDistribution", Effect: iamdoc.Allow,
		Actions:   []string{"cloudfront:GetDistribution", "cloudfront:GetVpcOrigin", "cloudfront:ListTagsForResource"},
		Resources: []string{s.edge("distribution/*"), s.edge("vpcorigin/*")}, Reason: ids, Conditions: s.tagged(),
	}
}

// readHTTPS is what the provider reads of everything that HTTPS adds.
func (s scope) readHTTPS() iamdoc.Document {
	return iamdoc.Document{
		s.readEdge(),
		{
			Sid: "ReadWebACLAssociation", Effect: iamdoc.Allow,
			Actions: []string{
				"elasticloadbalancing:DescribeWebACLAssociation", "elasticloadbalancing:GetLoadBalancerWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
			},
			Resources: append(s.loadBalancing(), s.webACLs(s.region, "regional")),
		},
		{
			Sid: "ReadCertificate", Effect: iamdoc.Allow,
			Actions:   []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate"},
			Resources: []string{s.regional("acm", "certificate/*")}, Reason: ids, Conditions: s.tagged(),
		},
		{
			Sid: "ReadRecords", Effect: iamdoc.Allow,
			Actions:   []string{"route53:GetHostedZone", "route53:ListResourceRecordSets"},
			Resources: []string{fmt.Sprintf("arn:%s:route53:::hostedzone/*", s.partition())},
			Reason:    "the zone is a setting of compute; what DNS answers is public",
		},
	}
}

// prefixLists are the addresses that CloudFront reaches the load balancer from.
func (s scope) prefixLists() iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "DescribePrefixLists", Effect: iamdoc.Allow,
			Actions: []string{"ec2:DescribeManagedPrefixLists"}, Resources: []string{"*"},
			Reason: "EC2's lists take no resource",
		},
		{
			Sid: "ReadPrefixLists", Effect: iamdoc.Allow,
			Actions:   []string{"ec2:GetManagedPrefixListEntries"},
			Resources: []string{fmt.Sprintf("arn:%s:ec2:%s:aws:prefix-list/*", s.partition(), s.region)},
			Reason:    "AWS's own lists; the id is known once it has been looked up",
		},
	}
}
