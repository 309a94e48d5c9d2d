package compute

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
)

// trust lets ECS give a role to tasks.
func trust() iamdoc.Document {
	return iamdoc.Document{{
		Effect:    iamdoc.Allow,
		Principal: iamdoc.Principal{Services: []string{"ecs-tasks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
	}}
}

// trustWithin lets ECS give a role to tasks of this account and region only. AWS
// names these conditions for the roles that tasks run as, not for the one that
// starts them.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
func trustWithin(region, account string) iamdoc.Document {
	trust := trust()
	trust[0].Conditions = iamdoc.Conditions{
		"StringEquals": {"aws:SourceAccount": {account}},
		"ArnLike":      {"aws:SourceArn": {fmt.Sprintf("arn:%s:ecs:%s:%s:*", partition(region), region, account)}},
	}
	return trust
}

// executionPolicy is what starting a task takes: pulling from the repositories
// and writing to the log groups.
func executionPolicy(repositories, logGroups []string) iamdoc.Document {
	streams := make([]string, len(logGroups))
	for i, group := range logGroups {
		streams[i] = group + ":log-stream:*"
	}
	return iamdoc.Document{
		{
			Sid: "LogInToECR", Effect: iamdoc.Allow,
			Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
			Reason: "the call has no resource: the token is the caller's for all that it may pull",
		},
		{
			Sid: "PullImages", Effect: iamdoc.Allow,
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: repositories,
		},
		{
			Sid: "WriteLogs", Effect: iamdoc.Allow,
			Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: streams,
		},
	}
}

// apiPolicy is what the api calls. Under the key that AWS manages for SSM,
// reading a SecureString needs no leave of KMS; a batch is sent with SendMessage's.
func apiPolicy(parameter, queue string) iamdoc.Document {
	return iamdoc.Document{
		{Sid: "ReadToken", Effect: iamdoc.Allow, Actions: []string{"ssm:GetParameter"}, Resources: []string{parameter}},
		{Sid: "SendMessages", Effect: iamdoc.Allow, Actions: []string{"sqs:SendMessage"}, Resources: []string{queue}},
	}
}

// workerPolicy is what the worker calls. Writing only where there is no object
// asks for no more than writing.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func workerPolicy(queue, bucket, version, environment string) iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "TakeMessages", Effect: iamdoc.Allow,
			Actions: []string{
				"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
			},
			Resources: []string{queue},
		},
		{
			Sid: "WriteObjects", Effect: iamdoc.Allow, Actions: []string{"s3:PutObject"},
			Resources: []string{fmt.Sprintf("%s/emails/%s/%s/*", bucket, version, environment)},
		},
	}
}
