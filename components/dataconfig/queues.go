package dataconfig

import (
	"encoding/json"
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// maxMessageBytes is the largest message that the queue takes, and what the api
// rejects beyond. SQS itself takes 1 MiB, the aws provider v6 at most this.
const maxMessageBytes = 262_144

func (b *builder) queueName() string { return b.names.Named(b.args.Region, "emails-queue") }

func (b *builder) dlqName() string { return b.names.Named(b.args.Region, "emails-dlq") }

// queues makes the queue, its dead-letter queue and the alarm on that.
func (b *builder) queues(out *DataConfig) error {
	dlq, err := b.queue("emails-dlq", b.dlqName(), b.args.DLQMessageRetentionSeconds, nil)
	if err != nil {
		return fmt.Errorf("making the dead-letter queue: %w", err)
	}
	queue, err := b.queue("emails-queue", b.queueName(), b.args.MessageRetentionSeconds, redrive(dlq.Arn, b.args.MaxReceiveCount))
	if err != nil {
		return fmt.Errorf("making the queue: %w", err)
	}
	// A separate resource, since the two queues name each other.
	if _, err := sqs.NewRedriveAllowPolicy(b.Ctx, b.names.Named("emails-dlq"), &sqs.RedriveAllowPolicyArgs{
		QueueUrl: dlq.Url,
		RedriveAllowPolicy: jsonOf(queue.Arn, func(arn string) any {
			return struct {
				Permission string   `json:"redrivePermission"`
				Sources    []string `json:"sourceQueueArns"`
			}{"byQueue", []string{arn}}
		}),
	}, b.Child()...); err != nil {
		return fmt.Errorf("allowing the redrive: %w", err)
	}
	out.EmailsQueueURL, out.EmailsQueueArn = queue.Url, queue.Arn
	out.EmailsDLQURL, out.EmailsDLQArn = dlq.Url, dlq.Arn
	return b.alarm(dlq, out)
}

func redrive(dlq pulumi.StringOutput, maxReceives int) pulumi.StringPtrInput {
	return jsonOf(dlq, func(arn string) any {
		return struct {
			Target      string `json:"deadLetterTargetArn"`
			MaxReceives int    `json:"maxReceiveCount"`
		}{arn, maxReceives}
	})
}

// queue makes one queue with its policy.
func (b *builder) queue(name, physical string, retention int, redrive pulumi.StringPtrInput) (*sqs.Queue, error) {
	args := &sqs.QueueArgs{
		Name:                     pulumi.String(physical),
		MaxMessageSize:           pulumi.Int(maxMessageBytes),
		MessageRetentionSeconds:  pulumi.Int(retention),
		ReceiveWaitTimeSeconds:   pulumi.Int(*b.args.ReceiveWaitTimeSeconds),
		RedrivePolicy:            redrive,
		KmsMasterKeyId:           b.encryption,
		Tags:                     b.Tags,
		VisibilityTimeoutSeconds: pulumi.Int(*b.args.VisibilityTimeoutSeconds),
	}
	if b.encryption == nil {
		args.SqsManagedSseEnabled = pulumi.Bool(true)
	}
	queue, err := sqs.NewQueue(b.Ctx, b.names.Named(name), args, b.Child(pulumi.Protect(!b.args.PayloadForceDestroy))...)
	if err != nil {
		return nil, err
	}
	_, err = sqs.NewQueuePolicy(b.Ctx, b.names.Named(name), &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy: iamdoc.Output(func(arns []string) iamdoc.Document {
			return iamdoc.Document{iamdoc.TLSOnly("sqs:*", arns...)}
		}, iamdoc.ARN{Of: "the queue " + physical, Value: queue.Arn}),
	}, b.Child()...)
	return queue, err
}

// jsonOf writes a setting that AWS takes as JSON, about an ARN.
func jsonOf(arn pulumi.StringOutput, value func(arn string) any) pulumi.StringOutput {
	return component.String(arn, func(arn string) (string, error) {
		raw, err := json.Marshal(value(arn))
		return string(raw), err
	})
}
