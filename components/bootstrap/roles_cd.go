package bootstrap

import "github.com/ingest-iac/ingest/components/iamdoc"

// cdGrants allow cd to deploy compute: to create it, change it, and replace what
// changes by replacement. Only an administrator deletes what holds data:
// repositories with their images, log groups and clusters.
func (s scope) cdGrants() []grant {
	return []grant{
		{"images", s.cdImages()},
		{"services", s.cdServices()},
		{"network", s.cdNetwork()},
		{"https", s.cdHTTPS()},
		{"scaling", s.cdScaling()},
		{"roles", s.cdRoles()},
		{"deny-data-access", s.denyDataAccess(true)},
	}
}

func (s scope) cdImages() iamdoc.Document {
	return iamdoc.Document{{
		Sid: "Repositories", Effect: iamdoc.Allow,
		Actions: []string{
			// The manifest of an image is what its provenance is verified by.
			"ecr:BatchGetImage", "ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DescribeImages", "ecr:DescribeRepositories",
			"ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecr:PutImageScanningConfiguration",
			"ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource",
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
				"ecs:ListServiceDeployments", "ecs:ListTagsForResource", "ecs:PutClusterCapacityProviders", "ecs:TagResource",
				"ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
			},
			Resources: s.services(),
		},
		{
			// Waiting for a steady state looks at the deployment.
			Sid: "ServiceDeployments", Effect: iamdoc.Allow,
			Actions: []string{"ecs:DescribeServiceDeployments"}, Resources: s.serviceDeployments(),
		},
		{
			// No revision is deregistered: a rollback needs the old one.
			Sid: "TaskDefinitions", Effect: iamdoc.Allow,
			Actions:   []string{"ecs:ListTagsForResource", "ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource"},
			Resources: s.taskDefinitions(),
		},
		describeTaskDefinition(),
		{
			Sid: "LogGroups", Effect: iamdoc.Allow,
			Actions: []string{
				// The key is data-config's, which an administrator deploys.
				"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteRetentionPolicy", "logs:DisassociateKmsKey",
				"logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
			},
			Resources: s.logGroups(),
		},
		describeLogGroups(),
		{
			Sid: "Dashboard", Effect: iamdoc.Allow,
			Actions: []string{"cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"}, Resources: s.dashboards(),
		},
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

// cdRoles allow cd to give the tasks of an environment the three roles that data-config
// made for them. A role that cd could create or change could be given any trust
// policy, and would outlast every other right of cd's.
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
			Sid: "PassRolesToTasks", Effect: iamdoc.Allow,
			Actions: []string{"iam:PassRole"}, Resources: s.roles(),
			Conditions: iamdoc.Conditions{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
		// A new account has none of these; the first cluster, load balancer or
		// scalable target makes them.
		linked("LinkedRoleOfEcs", "ecs.amazonaws.com", "AWSServiceRoleForECS"),
		linked("LinkedRoleOfElb", "elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
		linked("LinkedRoleOfAutoScaling", "ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService"),
		{
			// No statement above allows it; a policy that is added later must not either.
			Sid: "DenyRoleChanges", Effect: iamdoc.Deny,
			Actions: []string{
				"iam:Add*", "iam:Attach*", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicy*",
				"iam:CreateRole", "iam:CreateUser", "iam:Delete*", "iam:Detach*", "iam:Put*", "iam:Remove*", "iam:Set*",
				"iam:Tag*", "iam:Untag*", "iam:Update*", "sts:AssumeRole",
			},
			Resources: []string{"*"},
		},
	}
}
