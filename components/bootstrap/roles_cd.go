package bootstrap

import "github.com/ingest-iac/ingest/components/iamdoc"

// cdGrants let cd deploy compute: make it, change it, and replace what changes by
// replacement. Deleting what holds something, repositories with their images, log
// groups and clusters, is an administrator's.
func (s scope) cdGrants() []grant {
	return []grant{
		{"images", s.cdImages()},
		{"services", s.cdServices()},
		{"network", s.cdNetwork()},
		{"roles", s.cdRoles()},
		{"never", s.never(true)},
	}
}

func (s scope) cdImages() iamdoc.Document {
	return iamdoc.Document{{
		Sid: "Repositories", Effect: iamdoc.Allow,
		Actions: []string{
			"ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DescribeImages", "ecr:DescribeRepositories",
			"ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecr:PutImageScanningConfiguration",
			"ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource",
		},
		Resources: s.repositories(),
	}}
}

func (s scope) cdServices() iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "Services", Effect: iamdoc.Allow,
			Actions: []string{
				"ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteService", "ecs:DescribeClusters", "ecs:DescribeServices",
				"ecs:ListTagsForResource", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UntagResource",
				"ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
			},
			Resources: s.services(),
		},
		{
			// None is deregistered: a roll-back needs the old revision.
			Sid: "TaskDefinitions", Effect: iamdoc.Allow,
			Actions:   []string{"ecs:ListTagsForResource", "ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource"},
			Resources: s.taskDefinitions(),
		},
		describeTaskDefinition(),
		{
			Sid: "LogGroups", Effect: iamdoc.Allow,
			Actions: []string{
				"logs:CreateLogGroup", "logs:DeleteRetentionPolicy", "logs:ListTagsForResource", "logs:PutRetentionPolicy",
				"logs:TagResource", "logs:UntagResource",
			},
			Resources: s.logGroups(),
		},
		describeLogGroups(),
	}
}

func describeTaskDefinition() iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "DescribeTaskDefinition", Effect: iamdoc.Allow,
		Actions: []string{"ecs:DescribeTaskDefinition"}, Resources: []string{"*"},
		Reason: "the call takes no resource",
	}
}

func describeLogGroups() iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "DescribeLogGroups", Effect: iamdoc.Allow,
		Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"},
		Reason: "the call takes no resource; it lists groups, not what is in them",
	}
}

// cdRoles let cd give the services their roles, none of them beyond the boundary.
// Which calls IAM checks against it says
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s scope) cdRoles() iamdoc.Document {
	linked := func(sid, service, role string) iamdoc.Statement {
		return iamdoc.Statement{
			Sid: sid, Effect: iamdoc.Allow,
			Actions:    []string{"iam:CreateServiceLinkedRole"},
			Resources:  []string{s.global("role/aws-service-role/" + service + "/" + role)},
			Conditions: iamdoc.Conditions{"StringEquals": {"iam:AWSServiceName": {service}}},
		}
	}
	return iamdoc.Document{
		{
			Sid: "RolesUnderTheBoundary", Effect: iamdoc.Allow,
			Actions: []string{
				"iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
				"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
			},
			Resources:  s.roles(),
			Conditions: iamdoc.Conditions{"StringEquals": {"iam:PermissionsBoundary": {s.boundary()}}},
		},
		{
			Sid: "ReadAndTagRoles", Effect: iamdoc.Allow,
			Actions: []string{
				"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
				"iam:ListRolePolicies", "iam:ListRoleTags", "iam:TagRole", "iam:UntagRole",
			},
			Resources: s.roles(),
		},
		{
			Sid: "PassRolesToTasks", Effect: iamdoc.Allow,
			Actions: []string{"iam:PassRole"}, Resources: s.roles(),
			Conditions: iamdoc.Conditions{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
		// A new account has neither; who makes the first cluster or load balancer
		// makes them.
		linked("LinkedRoleOfEcs", "ecs.amazonaws.com", "AWSServiceRoleForECS"),
		linked("LinkedRoleOfElb", "elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
		{
			// Nothing above allows it; neither shall a policy added later.
			Sid: "NeverTheFrame", Effect: iamdoc.Deny,
			Actions: []string{"iam:*"}, Resources: s.frame(),
		},
		{
			Sid: "NeverUnbound", Effect: iamdoc.Deny,
			Actions:   []string{"iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"},
			Resources: []string{s.global("role/*")},
		},
	}
}
