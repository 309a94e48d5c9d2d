package sqssend_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/api/sqssend"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clients are that of the adapter, and one to act on queues.
func clients(t *testing.T) (*sqsclient.Client, *sqs.Client) {
	t.Helper()
	configuration := awstest.Config(t, awsconf.Options{MaxAttempts: 3, Connections: 4})
	sending, err := sqsclient.New(configuration)
	require.NoError(t, err)
	return sending, sqs.NewFromConfig(configuration)
}

// queueUnderTest is the adapter for a new queue, and what the queue delivers.
func queueUnderTest(t *testing.T) (queue *sqssend.Queue, receive func(messages int) map[string]string) {
	t.Helper()
	sending, client := clients(t)
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
	return sqssend.New(sending, *made.QueueUrl), func(messages int) map[string]string {
		bodies := map[string]string{}
		// A poll may find nothing although there is something.
		for polls := 0; len(bodies) < messages && polls < 10; polls++ {
			got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
				QueueUrl: made.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2,
			})
			require.NoError(t, err)
			for i := range got.Messages {
				bodies[*got.Messages[i].MessageId] = *got.Messages[i].Body
			}
		}
		return bodies
	}
}

func TestSend_message_isReceivedUnderItsID(t *testing.T) {
	queue, receive := queueUnderTest(t)
	body := `{"a": "\u017c\ud800", "b": "` + strings.Repeat("x", 1000) + `"}`
	id, err := queue.Send(t.Context(), publisher.Message{Body: []byte(body)})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{id: body}, receive(1))
}

func TestSendBatch_full_isTaken(t *testing.T) {
	queue, receive := queueUnderTest(t)
	messages := make([]publisher.Message, publisher.MaxBatch)
	for i := range messages {
		// Together just what one call may carry.
		messages[i].Body = []byte(strings.Repeat(string(rune('a'+i)), message.MaxBytes/publisher.MaxBatch))
	}
	results, err := queue.SendBatch(t.Context(), messages)
	require.NoError(t, err)
	require.Len(t, results, len(messages))
	want := map[string]string{}
	for i, result := range results {
		require.NoError(t, result.Err)
		want[result.ID] = string(messages[i].Body)
	}
	assert.Len(t, want, len(messages), "each has an id of its own")
	assert.Equal(t, want, receive(len(messages)))
}

func TestSend_largestMessage_isTaken(t *testing.T) {
	queue, receive := queueUnderTest(t)
	body := strings.Repeat("x", message.MaxBytes)
	id, err := queue.Send(t.Context(), publisher.Message{Body: []byte(body)})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{id: body}, receive(1))
}

func TestSend_missingQueue_isAnErrorOfTheCall(t *testing.T) {
	sending, client := clients(t)
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(fmt.Sprintf("ingest-test-%d", time.Now().UnixNano())),
	})
	require.NoError(t, err)
	_, err = client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
	require.NoError(t, err)
	queue := sqssend.New(sending, *made.QueueUrl+"-not")
	_, err = queue.Send(t.Context(), publisher.Message{Body: []byte("x")})
	require.ErrorContains(t, err, "sending to SQS: ")
	_, err = queue.SendBatch(t.Context(), []publisher.Message{{Body: []byte("x")}, {Body: []byte("y")}})
	require.ErrorContains(t, err, "sending a batch to SQS: ")
}
