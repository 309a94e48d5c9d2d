package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm notifies a topic when there is a message in the dead-letter queue.
func (b *builder) alarm(dlq *sqs.Queue, out *DataConfig) error {
	topic, err := b.topic()
	if err != nil {
		return fmt.Errorf("making the alarm's topic: %w", err)
	}
	out.AlarmTopicArn = topic.Arn
	actions := pulumi.Array{topic.Arn}
	_, err = cloudwatch.NewMetricAlarm(b.Ctx, b.names.Named("emails-dlq"), &cloudwatch.MetricAlarmArgs{
		Name:             pulumi.String(b.names.Named("emails-dlq-not-empty")),
		AlarmDescription: pulumi.String("Messages could not be stored. See them with: ingestctl dlq ls --stack " + b.args.Environment),
		Namespace:        pulumi.String("AWS/SQS"),
		MetricName:       pulumi.String("ApproximateNumberOfMessagesVisible"),
		Dimensions:       pulumi.StringMap{"QueueName": dlq.Name},
		Statistic:        pulumi.String("Maximum"),
		// SQS reports its metrics once a minute, and none for a queue that has
		// been idle for hours.
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
		Period:             pulumi.Int(60),
		EvaluationPeriods:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(0),
		AlarmActions:       actions,
		OkActions:          actions,
		Tags:               b.Tags,
	}, b.Child()...)
	if err != nil {
		return fmt.Errorf("making the alarm: %w", err)
	}
	return nil
}

// alarms are the ARNs of the environment's alarms.
func (b *builder) alarms() string { return b.arn("cloudwatch", "alarm:"+b.names.Named("*")) }

// topic makes the alarms' topic. Without a key of the environment's own it is left
// unencrypted: CloudWatch cannot publish under the key that AWS manages for SNS, and
// the messages name a queue and a count, but nothing of the payloads.
// https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
func (b *builder) topic() (*sns.Topic, error) {
	topic, err := sns.NewTopic(b.Ctx, b.names.AlarmTopic(), &sns.TopicArgs{
		Name:           pulumi.String(b.names.AlarmTopic()),
		KmsMasterKeyId: b.encryption,
		Tags:           b.Tags,
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	if _, err := sns.NewTopicPolicy(b.Ctx, b.names.AlarmTopic(), &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: iamdoc.Output(func(arns []string) iamdoc.Document {
			return iamdoc.Document{
				{
					Sid: "AllowAlarms", Effect: iamdoc.Allow,
					Principal: iamdoc.Principal{Services: []string{"cloudwatch.amazonaws.com"}},
					Actions:   []string{"sns:Publish"}, Resources: arns,
					Conditions: iamdoc.FromAccount(b.args.AccountID, b.alarms()),
				},
				iamdoc.TLSOnly("sns:Publish", arns...),
			}
		}, iamdoc.ARN{Of: "the topic " + b.names.AlarmTopic(), Value: topic.Arn}),
	}, b.Child()...); err != nil {
		return nil, err
	}
	if b.args.AlarmEmail == "" {
		return topic, nil
	}
	_, err = sns.NewTopicSubscription(b.Ctx, b.names.Named("alarms-email"), &sns.TopicSubscriptionArgs{
		Topic: topic.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(b.args.AlarmEmail),
	}, b.Child()...)
	return topic, err
}
