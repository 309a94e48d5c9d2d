package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
)

// tasks allows ECS to give a role to the tasks of the account, in the region. AWS
// takes no narrower ARN.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#create_task_iam_policy_and_role
func (b *builder) tasks() iamdoc.Document {
	return iamdoc.Document{{
		Effect:     iamdoc.Allow,
		Principal:  iamdoc.Principal{Services: []string{"ecs-tasks.amazonaws.com"}},
		Actions:    []string{"sts:AssumeRole"},
		Conditions: iamdoc.FromAccount(b.args.AccountID, b.arn("ecs", "*")),
	}}
}

// executionPolicy is what starting a task takes: pulling from the repositories
// of the environment and writing to its log groups. Both are made by the compute
// layer, under these names.
func (b *builder) executionPolicy([]string) iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "LogInToECR", Effect: iamdoc.Allow,
			Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
			Reason: "the call takes no resource: the password is for all that the caller may pull",
		},
		{
			Sid: "PullImages", Effect: iamdoc.Allow,
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: []string{b.arn("ecr", "repository/"+b.names.Named("api")), b.arn("ecr", "repository/"+b.names.Named("worker"))},
		},
		{
			Sid: "WriteLogs", Effect: iamdoc.Allow,
			Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{
				b.arn("logs", "log-group:"+b.names.LogGroup("api")+":log-stream:*"),
				b.arn("logs", "log-group:"+b.names.LogGroup("worker")+":log-stream:*"),
			},
		},
	}
}

// apiPolicy is what the api calls. GetParameters reads the current and the previous
// token; GetParameter is for images from before rotations had an overlap, to which a
// rollback may return. Under the key that AWS manages for SSM, reading a SecureString
// needs no permission of KMS; a batch is sent with SendMessage's.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
func (b *builder) apiPolicy(keys []string) iamdoc.Document {
	return b.withKey(append(b.sessions(), iamdoc.Document{
		{
			Sid: "ReadToken", Effect: iamdoc.Allow,
			Actions: []string{"ssm:GetParameter", "ssm:GetParameters"}, Resources: []string{b.arn("ssm", "parameter"+b.names.TokenParameter())},
		},
		{Sid: "SendMessages", Effect: iamdoc.Allow, Actions: []string{"sqs:SendMessage"}, Resources: []string{b.arn("sqs", b.queueName())}},
	}...), keys, keyUse{"DecryptToken", "ssm", []string{decrypt}}, keyUse{"EncryptMessages", "sqs", []string{decrypt, generateDataKey}})
}

// workerPolicy is what the worker calls. The version of a key is a setting of the
// compute layer, so any is allowed. A conditional write needs no further right; only
// the objects of an idempotency key can be duplicates of other messages, and reading
// their metadata (HeadObject) takes s3:GetObject, and the key of the object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func (b *builder) workerPolicy(keys []string) iamdoc.Document {
	objects := func(path string) []string {
		return []string{fmt.Sprintf("arn:%s:s3:::%s/emails/*/%s/%s", naming.Partition(b.args.Region), b.bucketName(), b.args.Environment, path)}
	}
	return b.withKey(append(b.sessions(), iamdoc.Document{
		{
			Sid: "ReceiveMessages", Effect: iamdoc.Allow,
			Actions: []string{
				"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
			},
			Resources: []string{b.arn("sqs", b.queueName())},
		},
		{Sid: "WriteObjects", Effect: iamdoc.Allow, Actions: []string{"s3:PutObject"}, Resources: objects("*")},
		{Sid: "CompareDuplicates", Effect: iamdoc.Allow, Actions: []string{"s3:GetObject"}, Resources: objects("keyed/*")},
	}...), keys, keyUse{"DecryptMessages", "sqs", []string{decrypt}}, keyUse{"EncryptObjects", "s3", []string{decrypt, generateDataKey}})
}

// sessions is what a task needs for sessions of ECS Exec, and to log them in the group
// that compute makes; it is nothing without them.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions
func (b *builder) sessions() iamdoc.Document {
	if !b.args.ECSExec {
		return nil
	}
	return iamdoc.Document{
		{
			Sid: "OpenSessions", Effect: iamdoc.Allow,
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
				"logs:DescribeLogGroups",
			},
			Resources: []string{"*"}, Reason: "the calls take no resource; a channel is the task's own",
		},
		{
			Sid: "LogSessions", Effect: iamdoc.Allow,
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []string{b.arn("logs", "log-group:"+b.names.LogGroup("exec")+":*")},
		},
	}
}
