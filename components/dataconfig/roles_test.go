package dataconfig_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
)

const (
	roleType   = "aws:iam/role:Role"
	inlineType = "aws:iam/rolePolicy:RolePolicy"

	inlineOnlyType   = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
	attachedOnlyType = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
)

func TestTaskRoles_allowOnlyWhatTasksDo(t *testing.T) {
	const (
		queue  = "arn:aws:sqs:eu-west-1:123456789012:ingest-prod-eu-west-1-emails-queue"
		bucket = "arn:aws:s3:::ingest-prod-eu-west-1-payload-123456789012"
		token  = "arn:aws:ssm:eu-west-1:123456789012:parameter/ingest/prod/token"
		ecr    = "arn:aws:ecr:eu-west-1:123456789012:repository/ingest-prod-"
		logs   = "arn:aws:logs:eu-west-1:123456789012:log-group:/ingest-prod/"
	)
	graph := build(t, required())
	for name, want := range map[string]string{ // FSBP IAM.1, IAM.21
		"ingest-prod-api-task": `{"Version":"2012-10-17","Statement":[
			{"Sid":"ReadToken","Effect":"Allow","Action":["ssm:GetParameter","ssm:GetParameters"],"Resource":"` + token + `"},
			{"Sid":"SendMessages","Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `"}]}`,
		"ingest-prod-worker-task": `{"Version":"2012-10-17","Statement":[
			{"Sid":"ReceiveMessages","Effect":"Allow","Resource":"` + queue + `",
			 "Action":["sqs:ChangeMessageVisibility","sqs:DeleteMessage","sqs:GetQueueAttributes","sqs:ReceiveMessage"]},
			{"Sid":"WriteObjects","Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucket + `/emails/*/prod/*"},
			{"Sid":"CompareDuplicates","Effect":"Allow","Action":"s3:GetObject","Resource":"` + bucket + `/emails/*/prod/keyed/*"}]}`,
		"ingest-prod-ecs-execution": `{"Version":"2012-10-17","Statement":[
			{"Sid":"LogInToECR","Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},
			{"Sid":"PullImages","Effect":"Allow","Resource":["` + ecr + `api","` + ecr + `worker"],
			 "Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]},
			{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],
			 "Resource":["` + logs + `api:log-stream:*","` + logs + `worker:log-stream:*"]}]}`,
	} {
		policy := graph.One(t, inlineType, name)
		assert.Equal(t, name, policy.Plain("role"))
		assert.JSONEq(t, want, policy.Plain("policy").(string), name)
		only := graph.One(t, inlineOnlyType, name)
		assert.Equal(t, name, only.Plain("roleName"))
		assert.Equal(t, []any{name}, only.Plain("policyNames"))
		assert.True(t, only.WaitsFor(policy))
		assert.Equal(t, name, graph.One(t, attachedOnlyType, name).Plain("roleName"))
		assert.Equal(t, []any{}, graph.One(t, attachedOnlyType, name).Plain("policyArns"))
	}
}

func TestTaskRoles_trustTasksOfTheAccountOnly(t *testing.T) {
	graph := build(t, required())
	for _, name := range []string{"ingest-prod-ecs-execution", "ingest-prod-api-task", "ingest-prod-worker-task"} {
		role := graph.One(t, roleType, name)
		assert.Equal(t, name, role.Plain("name"))
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole",
			"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`, role.Plain("assumeRolePolicy").(string))
	}
}

func TestTaskRoles_otherPartition_isInTheARNs(t *testing.T) {
	args := required()
	args.Region = "us-gov-west-1"
	assert.Contains(t, build(t, args).One(t, inlineType, "ingest-prod-ecs-execution").Plain("policy"),
		`"arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/ingest-prod-api"`)
}

func TestECSExec_on_tasksOpenAndLogSessions(t *testing.T) {
	args := required()
	args.ECSExec = true
	open := []string{"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"}
	allows := func(args dataconfig.Args, role, action, resource string) bool {
		who := policyeval.Identity{Policies: []policyeval.Policy{policyOf(t, build(t, args).One(t, inlineType, role))}}
		return who.Allows(policyeval.Call{Action: action, Resource: resource})
	}
	const logs = "arn:aws:logs:eu-west-1:123456789012:log-group:"
	for role, session := range map[string]bool{"ingest-prod-api-task": true, "ingest-prod-worker-task": true, "ingest-prod-ecs-execution": false} {
		for _, action := range open {
			assert.Equal(t, session, allows(args, role, action, "*"), "%s: %s", role, action)
			assert.False(t, allows(required(), role, action, "*"), "%s: %s by default", role, action)
		}
		assert.Equal(t, session, allows(args, role, "logs:PutLogEvents", logs+"/ingest-prod/exec:log-stream:1"), role)
		assert.False(t, allows(args, role, "logs:PutLogEvents", logs+"/other/exec:log-stream:1"), role)
		assert.False(t, allows(args, role, "ecs:ExecuteCommand", "*"), role)
		assert.False(t, allows(args, role, "ssm:StartSession", "*"), role)
	}
}
