package dataconfig_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func required() dataconfig.Args { return dataconfig.Args{Environment: "prod"} }

func build(t *testing.T, args dataconfig.Args) *componentstest.Graph {
	t.Helper()
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := dataconfig.New(ctx, "data", &args)
		return err
	})
	require.NoError(t, err)
	return graph
}

func TestNew_resourceGraph(t *testing.T) {
	args := required()
	args.Owner, args.Tags = "data team", map[string]string{"CostCenter": "42"}
	graph := build(t, args)
	assert.Equal(t, map[string]int{
		dataconfig.Type:                                1,
		"aws:s3/bucketV2:BucketV2":                     1,
		"aws:s3/bucketVersioningV2:BucketVersioningV2": 1,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": 1,
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     1,
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     1,
		"aws:s3/bucketPolicy:BucketPolicy":                                                           1,
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       1,
		"aws:sqs/queue:Queue":                           2,
		"aws:sqs/queuePolicy:QueuePolicy":               2,
		"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": 1,
		"aws:sns/topic:Topic":                           1,
		"aws:sns/topicPolicy:TopicPolicy":               1,
		"aws:cloudwatch/metricAlarm:MetricAlarm":        1,
		"aws:ssm/parameter:Parameter":                   1,
		roleType:                                        3, inlineType: 3, inlineOnlyType: 3, attachedOnlyType: 3,
	}, graph.Types())
	graph.AssertDescent(t, dataconfig.Type)
	graph.AssertTags(t, map[string]string{
		"Project": "ingest", "Environment": "prod", "ManagedBy": "Pulumi", "Owner": "data team", "CostCenter": "42",
	}, "aws:s3/bucketV2:BucketV2", "aws:sqs/queue:Queue", "aws:sns/topic:Topic", "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ssm/parameter:Parameter", roleType)
}

func TestPayloadBucket_nameAndLifecycle(t *testing.T) {
	graph := build(t, required())
	bucket := graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-prod-payload")
	assert.Equal(t, "ingest-prod-eu-west-1-payload-123456789012", bucket.Plain("bucket"))
	assert.Equal(t, false, bucket.Plain("forceDestroy"), "objects keep it from being destroyed")
	expire := graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "ingest-prod-payload").Plain("rules").([]any)[0].(map[string]any)
	assert.Equal(t, map[string]any{"days": 30.0}, expire["expiration"])
	assert.Equal(t, map[string]any{"noncurrentDays": 30.0}, expire["noncurrentVersionExpiration"])
}

func TestQueues_settings(t *testing.T) {
	graph := build(t, required())
	queue := graph.One(t, "aws:sqs/queue:Queue", "ingest-prod-emails-queue")
	for setting, want := range map[string]any{
		"name": "ingest-prod-eu-west-1-emails-queue", "sqsManagedSseEnabled": true, // FSBP SQS.1
		"visibilityTimeoutSeconds": 60.0, "receiveWaitTimeSeconds": 20.0, "messageRetentionSeconds": 345600.0, "maxMessageSize": 262144.0,
	} {
		assert.Equal(t, want, queue.Plain(setting), setting)
	}
	assert.JSONEq(t, `{"deadLetterTargetArn":"arn:mock:ingest-prod-emails-dlq:aws:sqs/queue:Queue","maxReceiveCount":5}`, queue.Plain("redrivePolicy").(string))
	dlq := graph.One(t, "aws:sqs/queue:Queue", "ingest-prod-emails-dlq")
	assert.Equal(t, "ingest-prod-eu-west-1-emails-dlq", dlq.Plain("name"))
	assert.InDelta(t, 1209600.0, dlq.Plain("messageRetentionSeconds"), 0)
	assert.Equal(t, true, dlq.Plain("sqsManagedSseEnabled"))
	assert.Nil(t, dlq.Plain("redrivePolicy"))
	assert.JSONEq(t, `{"redrivePermission":"byQueue","sourceQueueArns":["arn:mock:ingest-prod-emails-queue:aws:sqs/queue:Queue"]}`,
		graph.One(t, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "ingest-prod-emails-dlq").Plain("redriveAllowPolicy").(string))
	for _, name := range []string{"ingest-prod-emails-queue", "ingest-prod-emails-dlq"} {
		policy := graph.One(t, "aws:sqs/queuePolicy:QueuePolicy", name).Plain("policy").(string)
		assert.Contains(t, policy, `"Effect":"Deny","Principal":"*","Action":"sqs:*"`)
		assert.Contains(t, policy, `"Condition":{"Bool":{"aws:SecureTransport":"false"}}`)
		assert.NotContains(t, policy, `"Allow"`) // FSBP SQS.3
	}
}

func TestDLQAlarm_oneMessage_raisesIt(t *testing.T) {
	args := required()
	args.AlarmEmail = "ops@example.com"
	graph := build(t, args)
	alarm := graph.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "ingest-prod-emails-dlq")
	for setting, want := range map[string]any{
		"name": "ingest-prod-emails-dlq-not-empty", "namespace": "AWS/SQS", "metricName": "ApproximateNumberOfMessagesVisible",
		"comparisonOperator": "GreaterThanThreshold", "threshold": 0.0, "period": 60.0, "evaluationPeriods": 1.0,
		"treatMissingData": "notBreaching", "statistic": "Maximum",
		"dimensions":   map[string]any{"QueueName": "ingest-prod-eu-west-1-emails-dlq"},
		"alarmActions": []any{"arn:mock:ingest-prod-alarms:aws:sns/topic:Topic"}, "okActions": []any{"arn:mock:ingest-prod-alarms:aws:sns/topic:Topic"},
	} {
		assert.Equal(t, want, alarm.Plain(setting), setting)
	}
	policy := graph.One(t, "aws:sns/topicPolicy:TopicPolicy", "ingest-prod-alarms").Plain("policy").(string)
	assert.Contains(t, policy, `"Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish"`)
	assert.Contains(t, policy, `"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:ingest-prod-*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}`)
	assert.Equal(t, 1, strings.Count(policy, `"Allow"`), "FSBP SNS.4")
	subscription := graph.One(t, "aws:sns/topicSubscription:TopicSubscription", "ingest-prod-alarms-email")
	assert.Equal(t, "email", subscription.Plain("protocol"))
	assert.Equal(t, "ops@example.com", subscription.Plain("endpoint"))
	assert.Zero(t, build(t, required()).Types()["aws:sns/topicSubscription:TopicSubscription"])
}

func TestTokenParameter_placeholderIsNotComparedAgain(t *testing.T) {
	parameter := build(t, required()).One(t, "aws:ssm/parameter:Parameter", "ingest-prod-token")
	assert.Equal(t, "/ingest/prod/token", parameter.Plain("name"))
	assert.Equal(t, "SecureString", parameter.Plain("type"))
	assert.Equal(t, "CHANGEME", parameter.Plain("value"))
	assert.Equal(t, []string{"value", "description", "keyId"}, parameter.IgnoreChanges, "the provider writes them together")
	assert.Equal(t, []string{"value"}, parameter.SecretInputs)
}

func TestProtection_forceDestroy_isRemoved(t *testing.T) {
	args := required()
	args.PayloadForceDestroy = true
	kept, free := build(t, required()), build(t, args)
	for _, holder := range [][2]string{
		{"aws:s3/bucketV2:BucketV2", "ingest-prod-payload"},
		{"aws:sqs/queue:Queue", "ingest-prod-emails-queue"},
		{"aws:sqs/queue:Queue", "ingest-prod-emails-dlq"},
		{"aws:ssm/parameter:Parameter", "ingest-prod-token"},
	} {
		assert.True(t, kept.One(t, holder[0], holder[1]).Protect, holder)
		assert.False(t, free.One(t, holder[0], holder[1]).Protect, holder)
	}
}

func TestNew_zeroValues_areKept(t *testing.T) {
	zero := 0
	args := required()
	args.VisibilityTimeoutSeconds, args.ReceiveWaitTimeSeconds = &zero, &zero
	queue := build(t, args).One(t, "aws:sqs/queue:Queue", "ingest-prod-emails-queue")
	assert.InDelta(t, 0.0, queue.Plain("visibilityTimeoutSeconds"), 0)
	assert.InDelta(t, 0.0, queue.Plain("receiveWaitTimeSeconds"), 0)
}

func TestNew_wrongArguments_registersNothing(t *testing.T) {
	many := 43201
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := dataconfig.New(ctx, "data", &dataconfig.Args{
			Common:                   naming.Common{Project: "Ingest", Region: "Mars", AccountID: "1", Owner: "a,b"},
			VisibilityTimeoutSeconds: &many, ReceiveWaitTimeSeconds: &many,
			MessageRetentionSeconds: 59, DLQMessageRetentionSeconds: 1209601, MaxReceiveCount: 1001,
			PayloadObjectExpirationDays: -1, PayloadNoncurrentVersionExpirationDays: -1, AlarmEmail: "Ops <ops@example.com>",
		})
		return err
	})
	for _, want := range []string{
		`Project is "Ingest"`, "Environment is not set", `Region is "Mars"`, `AccountID is "1"`, `Owner is "a,b"`,
		"VisibilityTimeoutSeconds is 43201; allowed is 0 to 43200", "ReceiveWaitTimeSeconds is 43201; allowed is 0 to 20",
		"MessageRetentionSeconds is 59; allowed is 60 to 1209600", "DLQMessageRetentionSeconds is 1209601", "MaxReceiveCount is 1001",
		"PayloadObjectExpirationDays is -1", "PayloadNoncurrentVersionExpirationDays is -1", `AlarmEmail is "Ops <ops@example.com>"`,
	} {
		require.ErrorContains(t, err, want)
	}
	assert.Empty(t, graph.Types())
}

func TestDLQ_retention_isAtLeastThatOfTheQueue(t *testing.T) {
	args := required()
	args.MessageRetentionSeconds, args.DLQMessageRetentionSeconds = 345600, 345599
	_, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := dataconfig.New(ctx, "data", &args)
		return err
	})
	assert.ErrorContains(t, err, "DLQMessageRetentionSeconds is 345599; allowed is no less than MessageRetentionSeconds")
}

func TestOutputs_namesAndValues(t *testing.T) {
	const queueType = ":aws:sqs/queue:Queue"
	assert.Equal(t, map[string]any{
		"project": "ingest", "environment": "prod", "region": "eu-west-1",
		"emailsQueueUrl":     "https://sqs/ingest-prod-emails-queue",
		"emailsQueueArn":     "arn:mock:ingest-prod-emails-queue" + queueType,
		"emailsDlqUrl":       "https://sqs/ingest-prod-emails-dlq",
		"emailsDlqArn":       "arn:mock:ingest-prod-emails-dlq" + queueType,
		"payloadBucketName":  "ingest-prod-eu-west-1-payload-123456789012",
		"payloadBucketArn":   "arn:mock:ingest-prod-payload:aws:s3/bucketV2:BucketV2",
		"tokenParameterName": "/ingest/prod/token",
		"tokenParameterArn":  "arn:mock:ingest-prod-token:aws:ssm/parameter:Parameter",
		"kmsKeyArn":          "", "ecsExec": false,

		"ecsTaskExecutionRoleArn": "arn:mock:ingest-prod-ecs-execution:" + roleType,
		"apiTaskRoleArn":          "arn:mock:ingest-prod-api-task:" + roleType,
		"workerTaskRoleArn":       "arn:mock:ingest-prod-worker-task:" + roleType,
	}, componentstest.Outputs(t, dataconfig.New, required()))
}

func TestNew_twoEnvironments_fitIntoOneProgram(t *testing.T) {
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		for _, environment := range []string{"prod", "test"} {
			if _, err := dataconfig.New(ctx, environment, &dataconfig.Args{Environment: environment}); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	graph.AssertNames(t)
}

// Example is a program that uses the component, with the required arguments only.
func Example() {
	program := func(ctx *pulumi.Context) error {
		data, err := dataconfig.New(ctx, "data", &dataconfig.Args{Environment: "prod"})
		if err != nil {
			return err
		}
		data.Export(ctx)
		return nil
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks("example", "prod", &componentstest.Graph{})); err != nil {
		panic(err)
	}
	// Output:
}
