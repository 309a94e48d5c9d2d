package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/require"
)

// bounded is a role of an environment that may do everything its boundary lets it.
func bounded(t *testing.T) policyeval.Identity {
	t.Helper()
	everything, err := policyeval.Parse(admin)
	require.NoError(t, err)
	boundary := parse(t, build(t, required()).One(t, policyType, "ingest-boundary"), "policy")
	return policyeval.Identity{Policies: []policyeval.Policy{everything}, Boundary: &boundary}
}

func viaSSM(parameter string) map[string]string {
	return map[string]string{"kms:ViaService": "ssm.eu-west-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": parameter}
}

func TestTheBoundaryLeavesApiWorkerAndTheirAgentWhatTheyNeed(t *testing.T) {
	assertAllowed(
		t, bounded(t),
		calls(tokenParameter, "ssm:GetParameter"),
		with(viaSSM(tokenParameter), in("kms", "key/any"), "kms:Decrypt"),
		calls(emailsQueue, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
		calls(onePayload, "s3:PutObject"),
		calls("*", "ecr:GetAuthorizationToken"),
		calls(apiImages, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
		calls(in("logs", "log-group:/ingest-prod/worker:log-stream:worker/1"), "logs:CreateLogStream", "logs:PutLogEvents"),
	)
}

func TestTheBoundaryHoldsEvenAnAdministrator(t *testing.T) {
	assertRefused(
		t, bounded(t),
		calls("*", "iam:CreateUser", "sts:AssumeRole", "ec2:RunInstances", "ecs:UpdateService", "s3:ListAllMyBuckets"),
		with(underBound, taskRole, boundedCalls...),
		calls(iamARN("role/ingest-github-actions-cd"), "sts:AssumeRole", "iam:PassRole"),
		calls(in("ssm", "parameter/ingest/staging/token"), "ssm:GetParameter"),
		calls(tokenParameter, "ssm:PutParameter"),
		calls(in("kms", "key/any"), "kms:Decrypt"),
		with(viaSSM(in("ssm", "parameter/other")), in("kms", "key/any"), "kms:Decrypt"),
		with(map[string]string{"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": tokenParameter}, in("kms", "key/any"), "kms:Decrypt"),
		calls(in("sqs", "ingest-staging-eu-west-1-emails-queue"), "sqs:SendMessage"),
		calls(emailsQueue, "sqs:PurgeQueue", "sqs:SetQueueAttributes"), calls(emailsDlq, "sqs:ReceiveMessage"),
		calls(onePayload, "s3:GetObject", "s3:DeleteObject"),
		calls(payloadBucket+"/emails/v1/staging/k", "s3:PutObject"), calls(payloadBucket, "s3:ListBucket"),
		calls("arn:aws:s3:::other/emails/v1/prod/k", "s3:PutObject"),
		calls(stateBucket+"/.pulumi/stacks/ingest-compute/prod.json", "s3:GetObject", "s3:PutObject"),
		calls(in("ecr", "repository/other"), "ecr:BatchGetImage"), calls(apiImages, push[4]),
		calls(in("logs", "log-group:/other/worker:log-stream:1"), "logs:PutLogEvents"),
	)
}
