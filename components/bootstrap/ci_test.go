package bootstrap_test

import "testing"

var (
	apiImages    = in("ecr", "repository/ingest-prod-api")
	workerImages = in("ecr", "repository/ingest-prod-worker")
	push         = []string{
		"ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
	}
	pull = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages"}
)

func TestCi_pushesToTheTwoRepositories(t *testing.T) {
	ci := identity(t, build(t, required()), "ci")
	assertAllowed(
		t, ci,
		calls("*", "ecr:GetAuthorizationToken"),
		calls(apiImages, push...), calls(workerImages, push...),
		calls(apiImages, pull...), calls(workerImages, pull...),
	)
}

func TestCi_doesNothingElse(t *testing.T) {
	ci := identity(t, build(t, required()), "ci")
	assertRefused(
		t, ci,
		calls(in("ecr", "repository/ingest-staging-api"), push...),
		calls(in("ecr", "repository/ingest-prod-api2"), push...),
		calls(in("ecr", "repository/other"), push...),
		calls("arn:aws:ecr:us-east-1:123456789012:repository/ingest-prod-api", push...),
		calls(apiImages, "ecr:DeleteRepository", "ecr:BatchDeleteImage", "ecr:PutImageTagMutability", "ecr:SetRepositoryPolicy", "ecr:CreateRepository"),
		calls(stateBucket, "s3:ListBucket"),
		calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:GetObject", "s3:PutObject"),
		calls(keyARN, "kms:Decrypt"),
		calls(in("ecs", "service/ingest-prod/ingest-prod-api"), "ecs:UpdateService"),
		calls(iamARN("role/ingest-prod-api"), "iam:PassRole", "iam:GetRole"),
		calls(iamARN("role/ingest-github-actions-cd"), "sts:AssumeRole"),
	)
}

func TestCi_pushesForEachEnvironment(t *testing.T) {
	args := required()
	args.Environments = []string{"staging", "prod"}
	ci := identity(t, build(t, args), "ci")
	assertAllowed(t, ci, calls(in("ecr", "repository/ingest-staging-worker"), push...), calls(workerImages, push...))
}
