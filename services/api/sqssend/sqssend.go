// Package sqssend is the publisher's queue on Amazon SQS.
package sqssend

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
)

// Queue is one queue. It implements publisher.Queue; the SDK's own retryer
// makes the attempts at a whole call.
type Queue struct {
	client *sqsclient.Client
	url    string
}

var _ publisher.Queue = (*Queue)(nil)

// New makes the adapter for the queue at url.
func New(client *sqsclient.Client, url string) *Queue { return &Queue{client: client, url: url} }

// Send sends one message.
func (q *Queue) Send(ctx context.Context, m publisher.Message) (string, error) {
	output, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(q.url), MessageBody: aws.String(string(m.Body)), MessageAttributes: attributes(m),
	})
	if err != nil {
		return "", fmt.Errorf("sending to SQS: %w", err)
	}
	return aws.ToString(output.MessageId), nil
}

// attributes hold the idempotency key and the span, as far as there are any.
func attributes(m publisher.Message) map[string]types.MessageAttributeValue {
	var all map[string]types.MessageAttributeValue
	add := func(name, value string) {
		if value == "" {
			return
		}
		if all == nil {
			all = map[string]types.MessageAttributeValue{}
		}
		all[name] = types.MessageAttributeValue{DataType: aws.String(message.AttributeType), StringValue: aws.String(value)}
	}
	add(message.IdempotencyAttribute, m.IdempotencyKey)
	add(message.TraceparentAttribute, m.Traceparent)
	return all
}

// SendBatch sends up to publisher.MaxBatch messages in one call.
func (q *Queue) SendBatch(ctx context.Context, messages []publisher.Message) ([]publisher.Result, error) {
	entries := make([]types.SendMessageBatchRequestEntry, len(messages))
	for i, m := range messages {
		entries[i] = types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(m.Body)), MessageAttributes: attributes(m),
		}
	}
	output, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: aws.String(q.url), Entries: entries,
	})
	if err != nil {
		return nil, fmt.Errorf("sending a batch to SQS: %w", err)
	}
	return results(output, len(messages)), nil
}

// results puts the answer, which comes in any order, into that of the entries.
// An entry that the answer does not name is not known to be taken.
func results(output *sqs.SendMessageBatchOutput, n int) []publisher.Result {
	ordered := make([]publisher.Result, n)
	for i := range ordered {
		ordered[i].Err = fmt.Errorf("sending to SQS: entry %d is not in the answer", i)
	}
	at := func(id *string) *publisher.Result {
		i, err := strconv.Atoi(aws.ToString(id))
		if err != nil || i < 0 || i >= n {
			return &publisher.Result{}
		}
		return &ordered[i]
	}
	for _, entry := range output.Successful {
		*at(entry.Id) = publisher.Result{ID: aws.ToString(entry.MessageId)}
	}
	for _, entry := range output.Failed {
		*at(entry.Id) = publisher.Result{
			Err:       fmt.Errorf("sending to SQS: %s: %s", aws.ToString(entry.Code), aws.ToString(entry.Message)),
			Permanent: entry.SenderFault,
		}
	}
	return ordered
}
