package bootstrap

import "github.com/ingest-iac/ingest/components/iamdoc"

// cdNetwork allows cd to create the load balancer and the security groups. The load
// balancer is limited by its name. Security groups have ids for ARNs and are limited
// by their tags: cd tags a group in the call that creates it, and cannot tag others.
func (s scope) cdNetwork() iamdoc.Document {
	tags := func(of string) map[string][]string {
		return map[string][]string{
			"aws:" + of + "Tag/Project":     {s.project},
			"aws:" + of + "Tag/Environment": s.environments,
		}
	}
	groups, rules := s.regional("ec2", "security-group/*"), s.regional("ec2", "security-group-rule/*")
	const byTag = "the ARNs of groups are ids; the tags leave this project's"
	return append(iamdoc.Document{
		{
			Sid: "LoadBalancing", Effect: iamdoc.Allow,
			Actions: []string{
				"elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer",
				"elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer",
				"elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes",
				"elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyTargetGroup",
				"elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetIpAddressType",
				"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
			},
			Resources: s.loadBalancing(),
		},
		{
			Sid: "CreateGroups", Effect: iamdoc.Allow,
			Actions: []string{"ec2:CreateSecurityGroup"}, Resources: []string{groups}, Reason: byTag,
			Conditions: iamdoc.Conditions{"StringEquals": tags("Request")},
		},
		{
			Sid: "CreateGroupsInVpcs", Effect: iamdoc.Allow,
			Actions: []string{"ec2:CreateSecurityGroup"}, Resources: []string{s.regional("ec2", "vpc/*")},
			Reason: "the id of the default VPC is known once it has been looked up",
		},
		{
			Sid: "TagNewGroups", Effect: iamdoc.Allow,
			Actions: []string{"ec2:CreateTags"}, Resources: []string{groups},
			Reason:     "what is tagged has no ARN yet; the condition leaves the call that makes it",
			Conditions: iamdoc.Conditions{"StringEquals": {"ec2:CreateAction": {"CreateSecurityGroup"}}},
		},
		{
			Sid: "ChangeGroups", Effect: iamdoc.Allow,
			Actions: []string{
				"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateTags", "ec2:DeleteSecurityGroup",
				"ec2:DeleteTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
				"ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
			},
			Resources: []string{groups}, Reason: byTag,
			Conditions: iamdoc.Conditions{"StringEquals": tags("Resource")},
		},
		{
			Sid: "ChangeRules", Effect: iamdoc.Allow,
			Actions: []string{
				"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
				"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
			},
			Resources: []string{rules},
			Reason:    "rules have no tags; EC2 asks for the right to change their group as well",
		},
	}, s.describeNetwork()...)
}

// describeNetwork is what the provider reads of load balancer, groups and VPC,
// and what ELB reads with the rights of the caller that creates a load balancer.
func (s scope) describeNetwork() iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "DescribeNetwork", Effect: iamdoc.Allow,
			Actions: []string{
				"ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
				"ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeRouteTables",
				"ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints",
				"ec2:DescribeVpcs",
				"elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
				"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
				"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags",
				"elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
				"elasticloadbalancing:DescribeTargetHealth",
			},
			Resources: []string{"*"},
			Reason:    "the lists of EC2 and ELB take no resource",
		},
		{
			Sid: "DescribeVpc", Effect: iamdoc.Allow,
			Actions:   []string{"ec2:DescribeVpcAttribute", "ec2:GetSecurityGroupsForVpc"},
			Resources: []string{s.regional("ec2", "vpc/*")},
			Reason:    "the id of the default VPC is known once it has been looked up",
		},
	}
}
