package bootstrap_test

import "testing"

func TestPreview_readsStateAndLooksUp(t *testing.T) {
	preview := identity(t, build(t, required()), "preview")
	assertAllowed(
		t, preview,
		calls(stateBucket, "s3:ListBucket"), calls(keyARN, "kms:Decrypt"),
		calls(stateBucket+"/.pulumi/meta.yaml", "s3:GetObject"),
		calls(stateBucket+"/.pulumi/stacks/ingest-data-config/prod.json", "s3:GetObject"),
		calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:GetObject"),
		calls("*", "ec2:DescribeVpcs", "ec2:DescribeSubnets"),
		calls(apiImages, "ecr:DescribeImages", "ecr:DescribeRepositories"),
		calls(workerImages, "ecr:DescribeImages"),
	)
}

func TestPreview_changesNothingAndReadsNoToken(t *testing.T) {
	preview := identity(t, build(t, required()), "preview")
	assertRefused(
		t, preview,
		calls(tokenParameter, "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory"),
		calls(in("ssm", "parameter/ingest/prod"), "ssm:GetParametersByPath"),
		// A preview takes no lock.
		calls(stateBucket+"/.pulumi/locks/organization/ingest-compute/prod/1.json", "s3:PutObject", "s3:DeleteObject"),
		calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"),
		calls(stateBucket+"/.pulumi/stacks/ingest-bootstrap/prod.json", "s3:GetObject"),
		calls(stateBucket+"/.pulumi/history/ingest-compute/prod/prod-1.checkpoint.json", "s3:GetObject"),
		calls(payloadBucket, "s3:ListBucket"),
		calls(apiImages, push...), calls(apiImages, "ecr:BatchGetImage"), calls("*", "ecr:GetAuthorizationToken"),
		calls(in("ecs", "service/ingest-prod/ingest-prod-api"), "ecs:UpdateService", "ecs:DescribeServices"),
		calls(taskRole, roleCalls...), calls(taskRole, "iam:GetRole"),
		calls("*", "ec2:DescribeInstances", "logs:DescribeLogGroups"),
	)
}
