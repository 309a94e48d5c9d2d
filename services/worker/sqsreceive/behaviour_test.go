package sqsreceive

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queueUnderTest is the adapter for a new queue, and a client to act on it.
func queueUnderTest(t *testing.T) (queue *Queue, send func(body string) (id string)) {
	t.Helper()
	configuration := awstest.Config(t, awsconf.Options{MaxAttempts: 3, Connections: 4})
	client := sqs.NewFromConfig(configuration)
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(fmt.Sprintf("ingest-test-%d", time.Now().UnixNano())),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
		assert.NoError(t, err)
	})
	calling, err := sqsclient.New(configuration)
	require.NoError(t, err)
	return New(calling, *made.QueueUrl), func(body string) string {
		sent, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: made.QueueUrl, MessageBody: aws.String(body),
		})
		require.NoError(t, err)
		return *sent.MessageId
	}
}

func receive(t *testing.T, queue *Queue, wait time.Duration) []consumer.Delivery {
	t.Helper()
	got, err := queue.Receive(t.Context(), consumer.ReceiveRequest{Max: 10, Wait: wait, Visibility: 30 * time.Second})
	require.NoError(t, err)
	return got
}

func TestReceive_message_hasWhatTheConsumerNeeds(t *testing.T) {
	queue, send := queueUnderTest(t)
	id := send(`{"a": "ż"}`)

	got := receive(t, queue, 5*time.Second)

	require.Len(t, got, 1)
	assert.Equal(t, id, got[0].ID)
	assert.JSONEq(t, `{"a": "ż"}`, string(got[0].Body))
	assert.Equal(t, 1, got[0].Receives)
	assert.WithinDuration(t, time.Now(), got[0].SentAt, time.Minute)
	assert.NotEmpty(t, got[0].Handle)
	assert.Empty(t, receive(t, queue, time.Second), "it is hidden now")
}

func TestReturn_message_isVisibleAtOnce(t *testing.T) {
	queue, send := queueUnderTest(t)
	id := send("body")
	first := receive(t, queue, 5*time.Second)
	require.Len(t, first, 1)

	results, err := queue.ChangeVisibilityBatch(t.Context(), []consumer.VisibilityChange{{Handle: first[0].Handle}})
	require.NoError(t, err)
	require.NoError(t, results[0])

	again := receive(t, queue, 5*time.Second)
	require.Len(t, again, 1)
	assert.Equal(t, id, again[0].ID)
	assert.Equal(t, 2, again[0].Receives)
}

func TestDelete_invalidReceiptHandle_failsItsEntryOnly(t *testing.T) {
	queue, send := queueUnderTest(t)
	send("one")
	send("two")
	var got []consumer.Delivery
	for len(got) < 2 {
		got = append(got, receive(t, queue, 5*time.Second)...)
	}

	results, err := queue.DeleteBatch(t.Context(), []string{got[0].Handle, "no handle", got[1].Handle})
	require.NoError(t, err)
	require.NoError(t, results[0])
	require.ErrorIs(t, results[1], consumer.ErrPermanent)
	require.NoError(t, results[2])

	results, err = queue.ChangeVisibilityBatch(t.Context(), []consumer.VisibilityChange{
		{Handle: got[0].Handle, Timeout: 30 * time.Second},
	})
	require.NoError(t, err)
	require.ErrorIs(t, results[0], consumer.ErrPermanent, "the message is gone")
	assert.Empty(t, receive(t, queue, 2*time.Second))
}

func TestLongPoll_messageArrives_answersAtOnce(t *testing.T) {
	queue, send := queueUnderTest(t)
	began := time.Now()
	sent := make(chan string, 1)
	time.AfterFunc(300*time.Millisecond, func() { sent <- send("body") })

	got := receive(t, queue, 20*time.Second)

	require.Len(t, got, 1)
	assert.Equal(t, <-sent, got[0].ID)
	assert.Less(t, time.Since(began), 10*time.Second)
}

func TestLongPoll_cancelled_takesNoMessage(t *testing.T) {
	queue, send := queueUnderTest(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 10, Wait: 20 * time.Second, Visibility: 30 * time.Second})
	require.Error(t, err)

	id := send("body")
	got := receive(t, queue, 5*time.Second)
	require.Len(t, got, 1)
	assert.Equal(t, id, got[0].ID)
	assert.Equal(t, 1, got[0].Receives)
}
