package compute

import (
	"testing"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rendered(t *testing.T, document iamdoc.Document) string {
	t.Helper()
	text, err := document.Render()
	require.NoError(t, err)
	return text
}

func TestTasksMayDoNoMoreThanTheyDo(t *testing.T) {
	for name, c := range map[string]struct {
		document iamdoc.Document
		want     string
	}{
		"api": {apiPolicy("arn:parameter", "arn:queue"), `{"Version":"2012-10-17","Statement":[
			{"Sid":"ReadToken","Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:parameter"},
			{"Sid":"SendMessages","Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:queue"}]}`},
		"worker": {workerPolicy("arn:queue", "arn:aws:s3:::payload", "v1", "prod"), `{"Version":"2012-10-17","Statement":[
			{"Sid":"TakeMessages","Effect":"Allow","Resource":"arn:queue",
			 "Action":["sqs:ChangeMessageVisibility","sqs:DeleteMessage","sqs:GetQueueAttributes","sqs:ReceiveMessage"]},
			{"Sid":"WriteObjects","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::payload/emails/v1/prod/*"}]}`},
		"execution": {executionPolicy([]string{"arn:b", "arn:a"}, []string{"arn:logs"}), `{"Version":"2012-10-17","Statement":[
			{"Sid":"LogInToECR","Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},
			{"Sid":"PullImages","Effect":"Allow","Resource":["arn:a","arn:b"],
			 "Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]},
			{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:logs:log-stream:*"}]}`},
	} {
		assert.JSONEq(t, c.want, rendered(t, c.document), name) // FSBP IAM.1, IAM.21
	}
}

func TestOnlyECSGivesRolesToTasks(t *testing.T) {
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		rendered(t, trust()))
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole",
		"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`,
		rendered(t, trustWithin("eu-west-1", "123456789012")))
}
