// Package sqsreceive is the consumer's queue on Amazon SQS.
package sqsreceive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/worker/consumer"
)

// API is what the adapter calls of SQS.
type API interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Queue is one queue. It implements consumer.Queue.
type Queue struct {
	api API
	url string
}

var _ consumer.Queue = (*Queue)(nil)

// New makes the adapter for the queue at url.
func New(api API, url string) *Queue { return &Queue{api: api, url: url} }

// Receive polls once. When ctx ends after the answer has begun to arrive, the
// answer is read to its end: its messages count as received, and are hidden from
// other polls.
func (q *Queue) Receive(ctx context.Context, request consumer.ReceiveRequest) ([]consumer.Delivery, error) {
	ctx, done := untilAnswered(ctx)
	defer done()
	//nolint:gosec // G115: the consumer bounds them: 10 messages, 20 s, 12 h.
	output, err := q.api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:            aws.String(q.url),
		MaxNumberOfMessages: int32(request.Max),
		WaitTimeSeconds:     int32(request.Wait / time.Second),
		VisibilityTimeout:   int32(request.Visibility / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
			types.MessageSystemAttributeNameSentTimestamp,
		},
		MessageAttributeNames: []string{message.IdempotencyAttribute, message.TraceparentAttribute},
	})
	if err != nil {
		return nil, fmt.Errorf("receiving from SQS: %w", err)
	}
	deliveries := make([]consumer.Delivery, 0, len(output.Messages))
	for i := range output.Messages {
		deliveries = append(deliveries, delivery(&output.Messages[i]))
	}
	return deliveries, nil
}

func delivery(m *types.Message) consumer.Delivery {
	d := consumer.Delivery{
		ID:     aws.ToString(m.MessageId),
		Handle: aws.ToString(m.ReceiptHandle),
		Body:   []byte(aws.ToString(m.Body)),

		IdempotencyKey: aws.ToString(m.MessageAttributes[message.IdempotencyAttribute].StringValue),
		Traceparent:    aws.ToString(m.MessageAttributes[message.TraceparentAttribute].StringValue),
	}
	// SQS documents both as numbers. Where one is not, the log shows a zero, and
	// the message is stored nevertheless.
	d.Receives, _ = strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	sent, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err == nil {
		d.SentAt = time.UnixMilli(sent).UTC()
	}
	return d
}

// DeleteBatch deletes the messages of up to consumer.BatchSize receipt handles.
func (q *Queue) DeleteBatch(ctx context.Context, handles []string) ([]error, error) {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(handles))
	for i, handle := range handles {
		entries[i] = types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handle),
		}
	}
	output, err := q.api.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
		QueueUrl: aws.String(q.url), Entries: entries,
	})
	if err != nil {
		return nil, fmt.Errorf("deleting from SQS: %w", err)
	}
	results := newResults(len(handles))
	for _, entry := range output.Successful {
		results.set(entry.Id, nil)
	}
	for _, entry := range output.Failed {
		results.set(entry.Id, entryError(entry))
	}
	return results, nil
}

// ChangeVisibilityBatch hides up to consumer.BatchSize messages for a while, or
// returns them to the queue.
func (q *Queue) ChangeVisibilityBatch(ctx context.Context, changes []consumer.VisibilityChange) ([]error, error) {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(changes))
	for i, change := range changes {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(change.Handle),
			//nolint:gosec // G115: at most 12 h.
			VisibilityTimeout: int32(change.Timeout / time.Second),
		}
	}
	output, err := q.api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: aws.String(q.url), Entries: entries,
	})
	if err != nil {
		return nil, fmt.Errorf("changing visibility in SQS: %w", err)
	}
	results := newResults(len(changes))
	for _, entry := range output.Successful {
		results.set(entry.Id, nil)
	}
	for _, entry := range output.Failed {
		results.set(entry.Id, entryError(entry))
	}
	return results, nil
}

var errNoResult = errors.New("SQS answered without a result for the entry")

// results are a batch's, by entry; each entry's id is its index.
type results []error

func newResults(n int) results {
	all := make(results, n)
	for i := range all {
		all[i] = errNoResult
	}
	return all
}

func (r results) set(id *string, err error) {
	i, parseErr := strconv.Atoi(aws.ToString(id))
	if parseErr == nil && i >= 0 && i < len(r) {
		r[i] = err
	}
}
