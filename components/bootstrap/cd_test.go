package bootstrap_test

import "testing"

var (
	executionRole  = iamARN("role/ingest-prod-ecs-execution")
	environmentKey = in("kms", "key/00000000-0000-4000-8000-000000000001")
	taskRole       = iamARN("role/ingest-prod-api-task")
	workerTaskRole = iamARN("role/ingest-prod-worker-task")
	// roleCalls make a role, or change what it may do or who has it.
	roleCalls = []string{
		"iam:CreateRole", "iam:DeleteRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy",
		"iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary",
		"iam:TagRole", "iam:UntagRole",
	}
	projectTags = func(of, project, environment string) map[string]string {
		return map[string]string{"aws:" + of + "Tag/Project": project, "aws:" + of + "Tag/Environment": environment}
	}
)

func TestCd_deploysServices(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	for _, cluster := range []string{"ingest-prod", "ingest-prod-cluster"} {
		assertAllowed(
			t, cd,
			calls(in("ecs", "cluster/"+cluster), "ecs:CreateCluster", "ecs:DescribeClusters", "ecs:UpdateCluster", "ecs:TagResource"),
			calls(in("ecs", "service/"+cluster+"/ingest-prod-api"), "ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:ListServiceDeployments"),
			calls(in("ecs", "service-deployment/"+cluster+"/ingest-prod-api/abc"), "ecs:DescribeServiceDeployments"),
		)
	}
	assertAllowed(
		t, cd,
		calls(in("ecs", "task-definition/ingest-prod-api:7"), "ecs:RegisterTaskDefinition", "ecs:TagResource"),
		calls("*", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups"),
		calls(in("logs", "log-group:/ingest-prod/api"), "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:ListTagsForResource",
			"logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
		calls(apiImages, "ecr:CreateRepository", "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:PutLifecyclePolicy", "ecr:GetLifecyclePolicy", "ecr:TagResource"),
	)
	assertRefused(
		t, cd,
		calls(in("ecs", "cluster/ingest-prod2"), "ecs:UpdateCluster"),
		calls(in("ecs", "service/other/api"), "ecs:UpdateService"),
		calls(in("ecs", "service/ingest-staging/ingest-staging-api"), "ecs:UpdateService"),
		calls(in("ecs", "cluster/ingest-prod"), "ecs:DeleteCluster", "ecs:ExecuteCommand"),
		calls(in("ecs", "task/ingest-prod/1"), "ecs:RunTask", "ecs:ExecuteCommand", "ecs:StopTask"),
		calls(in("ecs", "task-definition/other:1"), "ecs:RegisterTaskDefinition"),
		calls("*", "ecs:DeregisterTaskDefinition"),
		calls(in("logs", "log-group:/ingest-prod/api"), "logs:DeleteLogGroup", "logs:GetLogEvents", "logs:FilterLogEvents"),
		calls(in("logs", "log-group:/other/api"), "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey"),
		calls(environmentKey, "kms:CreateKey", "kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
		calls(apiImages, "ecr:DeleteRepository", "ecr:PutImage", "ecr:SetRepositoryPolicy", "ecr:PutImageTagMutability"),
	)
}

func TestCd_makesLoadBalancerAndGroups(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	lb := func(resource string) string { return in("elasticloadbalancing", resource) }
	group, rule, vpc := in("ec2", "security-group/sg-1"), in("ec2", "security-group-rule/sgr-1"), in("ec2", "vpc/vpc-1")
	ours, request := projectTags("Resource", "ingest", "prod"), projectTags("Request", "ingest", "prod")
	change := []string{
		"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:DeleteSecurityGroup", "ec2:CreateTags", "ec2:DeleteTags",
	}
	assertAllowed(
		t, cd,
		calls(lb("loadbalancer/app/ingest-prod-alb-1a2b3c4/50dc6c495c0c9188"), "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateListener",
			"elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:AddTags"),
		calls(lb("targetgroup/ingest-prod-api-1a2b3c4/1"), "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:DeleteTargetGroup"),
		calls(lb("listener/app/ingest-prod-alb-1a2b3c4/1/2"), "elasticloadbalancing:ModifyListener", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:AddTags"),
		calls("*", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetHealth", "ec2:DescribeVpcs", "ec2:DescribeSubnets",
			"ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables"),
		calls(vpc, "ec2:CreateSecurityGroup", "ec2:DescribeVpcAttribute"),
		with(request, group, "ec2:CreateSecurityGroup"),
		with(map[string]string{"ec2:CreateAction": "CreateSecurityGroup"}, group, "ec2:CreateTags"),
		with(ours, group, change...),
		calls(rule, "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
	)
	assertRefused(
		t, cd,
		calls(lb("loadbalancer/app/other/1"), "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:CreateListener"),
		calls(lb("loadbalancer/net/ingest-prod-x/1"), "elasticloadbalancing:CreateLoadBalancer"),
		calls(lb("targetgroup/ingest-staging-api/1"), "elasticloadbalancing:DeleteTargetGroup"),
		calls(group, change...),
		with(projectTags("Resource", "other", "prod"), group, change...),
		with(projectTags("Resource", "ingest", "staging"), group, change...),
		calls(group, "ec2:CreateSecurityGroup"),
		with(projectTags("Request", "other", "prod"), group, "ec2:CreateSecurityGroup"),
		calls(group, "ec2:CreateTags"), // taking a group that is there for its own
		with(ours, rule, "ec2:CreateTags", "ec2:ModifySecurityGroupRules"),
		with(map[string]string{"ec2:CreateAction": "RunInstances"}, in("ec2", "instance/i-1"), "ec2:CreateTags"),
		calls(vpc, "ec2:DeleteVpc", "ec2:CreateSubnet", "ec2:ModifyVpcAttribute"),
	)
}

func TestCd_passesTheTaskRolesAndChangesNone(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	toTasks := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	for _, role := range []string{executionRole, taskRole, workerTaskRole} {
		assertAllowed(t, cd, with(toTasks, role, "iam:PassRole"))
		assertRefused(
			t, cd,
			calls(role, roleCalls...), calls(role, "sts:AssumeRole", "iam:PassRole", "iam:GetRole"),
			with(map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}, role, "iam:PassRole"),
			with(map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}, role, "iam:PassRole"),
		)
	}
	for _, role := range []string{
		iamARN("role/ingest-prod-new"), iamARN("role/ingest-prod-api-task2"), iamARN("role/ingest-prod2-api-task"), iamARN("role/ingest-staging-api-task"),
		iamARN("role/admin"), iamARN("role/path/ingest-prod-api-task"), "arn:aws:iam::210987654321:role/ingest-prod-api-task",
	} {
		assertRefused(t, cd, with(toTasks, role, "iam:PassRole"), calls(role, roleCalls...), calls(role, "sts:AssumeRole"))
	}
	assertRefused(t, cd, calls(iamARN("policy/ingest-prod-x"), "iam:CreatePolicy", "iam:CreatePolicyVersion"))
}

func TestCd_makesServiceLinkedRoles(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	linked := func(service, role string) string { return iamARN("role/aws-service-role/" + service + "/" + role) }
	const ecs, elb, scaling = "ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"
	assertAllowed(
		t, cd,
		with(map[string]string{"iam:AWSServiceName": ecs}, linked(ecs, "AWSServiceRoleForECS"), "iam:CreateServiceLinkedRole"),
		with(map[string]string{"iam:AWSServiceName": elb}, linked(elb, "AWSServiceRoleForElasticLoadBalancing"), "iam:CreateServiceLinkedRole"),
		with(map[string]string{"iam:AWSServiceName": scaling}, linked(scaling, "AWSServiceRoleForApplicationAutoScaling_ECSService"), "iam:CreateServiceLinkedRole"),
	)
	assertRefused(
		t, cd,
		with(map[string]string{"iam:AWSServiceName": elb}, linked(ecs, "AWSServiceRoleForECS"), "iam:CreateServiceLinkedRole"),
		with(map[string]string{"iam:AWSServiceName": "organizations.amazonaws.com"},
			linked("organizations.amazonaws.com", "AWSServiceRoleForOrganizations"), "iam:CreateServiceLinkedRole"),
		calls(linked(ecs, "AWSServiceRoleForECS"), "iam:DeleteServiceLinkedRole"),
	)
}

func TestCd_writesTheStateOfComputeOnly(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	state := func(path string) string { return stateBucket + "/.pulumi/" + path }
	const read, write, remove = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
	assertAllowed(
		t, cd,
		calls(stateBucket, "s3:ListBucket"), calls(keyARN, "kms:Decrypt"),
		calls(state("meta.yaml"), read),
		calls(state("stacks/ingest-data-config/prod.json"), read), // what a StackReference reads
		calls(state("stacks/ingest-compute/prod.json"), read, write),
		calls(state("stacks/ingest-compute/prod.json.bak"), read, write),
		calls(state("stacks/ingest-compute/prod.pulumi-tags"), read),
		calls(state("history/ingest-compute/prod/prod-1.history.json"), read, write),
		calls(state("backups/ingest-compute/prod/prod.1.json"), write),
		calls(state("locks/organization/ingest-compute/prod/1.json"), read, write, remove),
	)
	assertRefused(
		t, cd,
		calls(state("meta.yaml"), write, remove),
		calls(state("stacks/ingest-data-config/prod.json"), write, remove),
		calls(state("stacks/ingest-bootstrap/prod.json"), read, write, remove),
		calls(state("locks/organization/ingest-data-config/prod/1.json"), write, remove),
		calls(state("stacks/ingest-compute/prod.json"), remove, "s3:DeleteObjectVersion", "s3:GetObjectVersion"),
		calls(state("stacks/ingest-compute/staging.json"), read, write),
		calls(state("stacks/ingest-compute2/prod.json"), read, write),
		calls(state("history/ingest-compute/prod/prod-1.history.json"), remove),
		calls(tokenParameter, "ssm:GetParameter"),
	)
}

func TestCd_deploysEachGivenEnvironment(t *testing.T) {
	args := required()
	args.Environments = []string{"prod", "staging"}
	cd := identity(t, build(t, args), "cd")
	for _, environment := range args.Environments {
		assertAllowed(
			t, cd,
			calls(in("ecs", "service/ingest-"+environment+"/ingest-"+environment+"-api"), "ecs:UpdateService"),
			calls(stateBucket+"/.pulumi/stacks/ingest-compute/"+environment+".json", "s3:PutObject"),
			with(map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}, iamARN("role/ingest-"+environment+"-api-task"), "iam:PassRole"),
			with(projectTags("Resource", "ingest", environment), in("ec2", "security-group/sg-1"), "ec2:DeleteSecurityGroup"),
		)
		assertRefused(t, cd, calls(in("ssm", "parameter/ingest/"+environment+"/token"), "ssm:GetParameter"))
	}
	assertRefused(t, cd, calls(in("ecs", "service/ingest-test/ingest-test-api"), "ecs:UpdateService"))
}

func TestCd_otherPulumiProjects(t *testing.T) {
	args := required()
	args.PulumiProjects.DataConfig, args.PulumiProjects.Compute = "mail-data", "mail-compute"
	cd := identity(t, build(t, args), "cd")
	assertAllowed(
		t, cd,
		calls(stateBucket+"/.pulumi/stacks/mail-data/prod.json", "s3:GetObject"),
		calls(stateBucket+"/.pulumi/stacks/mail-compute/prod.json", "s3:PutObject"),
	)
	assertRefused(t, cd, calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:PutObject"))
}
