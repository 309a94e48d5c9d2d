package bootstrap_test

import (
	"maps"
	"testing"
)

func TestDrift_readsWhatTheProviderReads(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	bucket := []string{
		"s3:ListBucket", "s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketVersioning", "s3:GetBucketTagging", "s3:GetBucketLocation",
		"s3:GetBucketCORS", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetBucketPublicAccessBlock", "s3:GetBucketOwnershipControls",
	}
	role := []string{"iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"}
	for _, project := range []string{"ingest-bootstrap", "ingest-data-config", "ingest-compute"} {
		assertAllowed(t, drift, calls(stateBucket+"/.pulumi/stacks/"+project+"/prod.json", "s3:GetObject"))
	}
	assertAllowed(
		t, drift,
		// bootstrap
		calls(stateBucket, bucket...),
		calls(keyARN, "kms:Decrypt", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"),
		calls("*", "kms:ListAliases"),
		calls(iamARN("policy/ingest-github-actions-cd-roles"), "iam:GetPolicy", "iam:GetPolicyVersion"),
		calls(iamARN("oidc-provider/token.actions.githubusercontent.com"), "iam:GetOpenIDConnectProvider"),
		calls(iamARN("role/ingest-github-actions-cd"), role...),
		// data-config
		calls(payloadBucket, bucket...),
		calls(emailsQueue, "sqs:GetQueueAttributes", "sqs:ListQueueTags"), calls(emailsDlq, "sqs:GetQueueAttributes"),
		calls(in("sns", "ingest-prod-alarms"), "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"),
		calls(in("cloudwatch", "alarm:ingest-prod-emails-dlq-not-empty"), "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
		calls(tokenParameter, "ssm:GetParameter", "ssm:ListTagsForResource"),
		calls("*", "ssm:DescribeParameters", "sns:GetSubscriptionAttributes"),
		calls(executionRole, role...), calls(taskRole, role...), calls(workerTaskRole, role...),
		// compute
		calls(apiImages, "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"),
		calls(in("ecs", "cluster/ingest-prod"), "ecs:DescribeClusters"),
		calls(in("ecs", "service/ingest-prod/ingest-prod-api"), "ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:ListTagsForResource"),
		calls(in("ecs", "service-deployment/ingest-prod/ingest-prod-api/1"), "ecs:DescribeServiceDeployments"),
		calls(in("logs", "log-group:/ingest-prod/api"), "logs:ListTagsForResource"),
		calls("*", "ecs:DescribeTaskDefinition", "logs:DescribeLogGroups", "ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules",
			"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeTargetGroups",
			"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeTags"),
	)
}

func TestDrift_changesNothing(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	assertRefused(
		t, drift,
		calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:PutObject", "s3:DeleteObject"),
		calls(stateBucket+"/.pulumi/locks/organization/ingest-compute/prod/1.json", "s3:PutObject", "s3:DeleteObject"),
		calls(emailsQueue, "sqs:SetQueueAttributes"),
		calls(in("sqs", "other"), "sqs:GetQueueAttributes"),
		calls(in("cloudwatch", "alarm:other"), "cloudwatch:DescribeAlarms"),
		calls(iamARN("role/other"), "iam:GetRole"), calls(iamARN("policy/other"), "iam:GetPolicy"),
		calls(in("ecs", "service/ingest-prod/ingest-prod-api"), "ecs:UpdateService"),
		calls(taskRole, roleCalls...), calls(iamARN("role/ingest-prod-other"), "iam:GetRole"),
		calls(in("sns", "other"), "sns:ListSubscriptionsByTopic"),
		with(projectTags("Resource", "ingest", "prod"), in("ec2", "security-group/sg-1"), "ec2:AuthorizeSecurityGroupIngress"),
		calls(apiImages, push...),
	)
}

func TestDrift_environmentsKey_readsItAndDecryptsTheTokenOnly(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	ours := projectTags("Resource", "ingest", "prod")
	bySSM, byS3 := maps.Clone(ours), maps.Clone(ours)
	bySSM["kms:ViaService"], byS3["kms:ViaService"] = "ssm.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"
	read := []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"}
	assertAllowed(t, drift, with(ours, environmentKey, read...), with(bySSM, environmentKey, "kms:Decrypt"))
	assertRefused(
		t, drift,
		calls(environmentKey, read...), with(projectTags("Resource", "ingest", "test"), environmentKey, read...),
		with(ours, environmentKey, "kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"), with(byS3, environmentKey, "kms:Decrypt"),
		with(map[string]string{"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}, environmentKey, "kms:Decrypt"),
		with(bySSM, environmentKey, "kms:GenerateDataKey", "kms:Encrypt"),
	)
}
