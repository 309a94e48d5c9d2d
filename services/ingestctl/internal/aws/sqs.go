package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/deadletter"
	"github.com/ingest-iac/ingest/services/internal/message"
)

// Queue is one queue.
type Queue struct {
	client *sqs.Client
	url    string
}

// NewQueue is the queue at url.
func NewQueue(config aws.Config, url string) *Queue {
	return &Queue{client: sqs.NewFromConfig(config), url: url}
}

// QueueDescription is a queue's counts, which SQS calls approximate, and settings.
type QueueDescription struct {
	ARN string
	// Visible can be received, InFlight have been and are hidden, Delayed were
	// sent with a delay.
	Visible, InFlight, Delayed int
	// Retention is how long a message is kept, from its first sending on.
	Retention time.Duration
}

// Total is all messages.
func (d QueueDescription) Total() int { return d.Visible + d.InFlight + d.Delayed }

// Describe asks for the counts and settings.
func (q *Queue) Describe(ctx context.Context) (QueueDescription, error) {
	answer, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url,
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameQueueArn,
			types.QueueAttributeNameApproximateNumberOfMessages,
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
			types.QueueAttributeNameMessageRetentionPeriod,
		},
	})
	if err != nil {
		return QueueDescription{}, fmt.Errorf("asking for the counts of %s: %w", q.url, err)
	}
	described := QueueDescription{ARN: answer.Attributes[string(types.QueueAttributeNameQueueArn)]}
	var retention int
	for name, into := range map[types.QueueAttributeName]*int{
		types.QueueAttributeNameApproximateNumberOfMessages:           &described.Visible,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible: &described.InFlight,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed:    &described.Delayed,
		types.QueueAttributeNameMessageRetentionPeriod:                &retention,
	} {
		if *into, err = strconv.Atoi(answer.Attributes[string(name)]); err != nil {
			return QueueDescription{}, fmt.Errorf("reading the attribute %s of %s: %w", name, q.url, err)
		}
	}
	described.Retention = time.Duration(retention) * time.Second
	return described, nil
}

// Receive implements deadletter.Queue. It polls for a second: a poll without wait
// asks only some of the servers that hold the queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
func (q *Queue) Receive(ctx context.Context, hidden time.Duration) ([]deadletter.Message, error) {
	answer, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: batch, WaitTimeSeconds: 1,
		VisibilityTimeout: int32(hidden / time.Second), //nolint:gosec // G115: seconds, not hours
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameSentTimestamp,
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
		MessageAttributeNames: []string{message.IdempotencyAttribute},
	})
	if err != nil {
		return nil, fmt.Errorf("receiving from %s: %w", q.url, err)
	}
	messages := make([]deadletter.Message, 0, len(answer.Messages))
	for i := range answer.Messages {
		read, err := readMessage(&answer.Messages[i])
		if err != nil {
			return nil, err
		}
		messages = append(messages, read)
	}
	return messages, nil
}

func readMessage(m *types.Message) (deadletter.Message, error) {
	id := aws.ToString(m.MessageId)
	sent, sentErr := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	receives, countErr := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err := errors.Join(sentErr, countErr); err != nil {
		return deadletter.Message{}, fmt.Errorf("reading the attributes of message %s: %w", id, err)
	}
	return deadletter.Message{
		ID: id, Handle: aws.ToString(m.ReceiptHandle), Body: []byte(aws.ToString(m.Body)),
		SentAt: time.UnixMilli(sent).UTC(), Receives: receives,
		IdempotencyKey: aws.ToString(m.MessageAttributes[message.IdempotencyAttribute].StringValue),
	}, nil
}

// batch is how many messages one call takes at most.
const batch = 10

// Release implements deadletter.Queue.
func (q *Queue) Release(ctx context.Context, handles []string) error {
	for ; len(handles) > 0; handles = handles[min(batch, len(handles)):] {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, 0, batch)
		for i, handle := range handles[:min(batch, len(handles))] {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handle), VisibilityTimeout: 0,
			})
		}
		// An entry that fails alone is of a message that is visible again, or gone.
		if _, err := q.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &q.url, Entries: entries,
		}); err != nil {
			return fmt.Errorf("changing visibility in %s: %w", q.url, err)
		}
	}
	return nil
}

// Delete deletes a message that was received.
func (q *Queue) Delete(ctx context.Context, handle string) error {
	if _, err := q.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: &handle}); err != nil {
		return fmt.Errorf("deleting from %s: %w", q.url, err)
	}
	return nil
}

// Purge deletes every message, the hidden ones included, which takes SQS up to a
// minute. It may be asked for once a minute.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
func (q *Queue) Purge(ctx context.Context) error {
	if _, err := q.client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &q.url}); err != nil {
		return fmt.Errorf("purging %s: %w", q.url, err)
	}
	return nil
}
