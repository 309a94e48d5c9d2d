package sqsreceive

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fakeAPI struct {
	receive func(*sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error)
	remove  func(*sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error)
	change  func(*sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

func (f fakeAPI) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) {
	return f.receive(in)
}

func (f fakeAPI) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error) {
	return f.remove(in)
}

func (f fakeAPI) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return f.change(in)
}

func TestReceive_asksForWhatTheConsumerNeeds(t *testing.T) {
	var asked *sqs.ReceiveMessageInput
	queue := New(fakeAPI{receive: func(in *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) {
		asked = in
		return &sqs.ReceiveMessageOutput{Messages: []types.Message{
			{
				MessageId: aws.String("id"), ReceiptHandle: aws.String("handle"), Body: aws.String("body"),
				Attributes: map[string]string{"ApproximateReceiveCount": "3", "SentTimestamp": "1700000000123"},
				MessageAttributes: map[string]types.MessageAttributeValue{
					"IdempotencyKey": {DataType: aws.String("String"), StringValue: aws.String("key")},
					"traceparent":    {DataType: aws.String("String"), StringValue: aws.String("span")},
				},
			},
			{MessageId: aws.String("bare")},
		}}, nil
	}}, "https://queue")

	got, err := queue.Receive(t.Context(), consumer.ReceiveRequest{
		Max: 7, Wait: 20 * time.Second, Visibility: time.Minute,
	})

	require.NoError(t, err)
	assert.Empty(t, cmp.Diff([]consumer.Delivery{
		{
			ID: "id", Handle: "handle", Body: []byte("body"), Receives: 3, IdempotencyKey: "key", Traceparent: "span",
			SentAt: time.Date(2023, 11, 14, 22, 13, 20, 123e6, time.UTC),
		},
		{ID: "bare", Body: []byte{}},
	}, got))
	assert.Equal(t, "https://queue", *asked.QueueUrl)
	assert.EqualValues(t, 7, asked.MaxNumberOfMessages)
	assert.EqualValues(t, 20, asked.WaitTimeSeconds)
	assert.EqualValues(t, 60, asked.VisibilityTimeout)
	assert.Equal(t, []types.MessageSystemAttributeName{"ApproximateReceiveCount", "SentTimestamp"},
		asked.MessageSystemAttributeNames)
}

func TestBatch_eachEntry_hasItsOwnResult(t *testing.T) {
	failed := []types.BatchResultErrorEntry{
		{Id: aws.String("0"), Code: aws.String("InternalError"), Message: aws.String("try again")},
		{Id: aws.String("1"), Code: aws.String("ReceiptHandleIsInvalid"), SenderFault: true},
		{Id: aws.String("2"), Code: aws.String("AWS.SimpleQueueService.MessageNotInflight"), SenderFault: true},
		{Id: aws.String("3"), Code: aws.String("RequestThrottled"), SenderFault: true},
	}
	var handles []string
	var timeouts []int32
	queue := New(fakeAPI{
		remove: func(in *sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error) {
			for _, entry := range in.Entries {
				handles = append(handles, *entry.ReceiptHandle)
			}
			return &sqs.DeleteMessageBatchOutput{
				Failed: failed, Successful: []types.DeleteMessageBatchResultEntry{{Id: aws.String("5")}},
			}, nil
		},
		change: func(in *sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
			for _, entry := range in.Entries {
				timeouts = append(timeouts, entry.VisibilityTimeout)
			}
			return &sqs.ChangeMessageVisibilityBatchOutput{
				Failed: failed, Successful: []types.ChangeMessageVisibilityBatchResultEntry{{Id: aws.String("5")}},
			}, nil
		},
	}, "https://queue")

	all := []string{"a", "b", "c", "d", "e", "f"}
	deleted, err := queue.DeleteBatch(t.Context(), all)
	require.NoError(t, err)
	changed, err := queue.ChangeVisibilityBatch(t.Context(), []consumer.VisibilityChange{
		{Handle: "a", Timeout: time.Minute}, {Handle: "b"}, {Handle: "c", Timeout: 12 * time.Hour}, {}, {}, {},
	})
	require.NoError(t, err)

	assert.Equal(t, all, handles)
	assert.Equal(t, []int32{60, 0, 43200, 0, 0, 0}, timeouts)
	for _, results := range [][]error{deleted, changed} {
		require.Len(t, results, 6)
		require.ErrorContains(t, results[0], "SQS answered InternalError: try again")
		require.NotErrorIs(t, results[0], consumer.ErrPermanent)
		require.ErrorIs(t, results[1], consumer.ErrPermanent)
		require.ErrorIs(t, results[2], consumer.ErrPermanent)
		require.NotErrorIs(t, results[3], consumer.ErrPermanent, "throttling passes, though SQS calls it the sender's fault")
		require.ErrorIs(t, results[4], errNoResult)
		require.NoError(t, results[5])
	}
}

func TestCall_fails_errorNamesTheStep(t *testing.T) {
	down := errors.New("down")
	queue := New(fakeAPI{
		receive: func(*sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) { return nil, down },
		remove:  func(*sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error) { return nil, down },
		change: func(*sqs.ChangeMessageVisibilityBatchInput) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
			return nil, down
		},
	}, "https://queue")
	_, err := queue.Receive(t.Context(), consumer.ReceiveRequest{})
	require.EqualError(t, err, "receiving from SQS: down")
	_, err = queue.DeleteBatch(t.Context(), nil)
	require.EqualError(t, err, "deleting from SQS: down")
	_, err = queue.ChangeVisibilityBatch(t.Context(), nil)
	require.EqualError(t, err, "changing visibility in SQS: down")
}
