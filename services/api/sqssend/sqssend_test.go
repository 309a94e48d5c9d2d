package sqssend_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/api/sqssend"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) (*fakeaws.Server, *sqssend.Queue) {
	t.Helper()
	server, err := fakeaws.Start(fakeaws.Options{Faults: faults.New(1)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	seeded, err := server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	client, err := sqsclient.New(server.Config())
	require.NoError(t, err)
	return server, sqssend.New(client, seeded.QueueURL)
}

// queued are the bodies in the queue by message id.
func queued(server *fakeaws.Server, queue string) map[string]string {
	bodies := map[string]string{}
	for _, m := range server.SQS.Messages(queue) {
		bodies[m.ID] = m.Body
	}
	return bodies
}

func TestSend_returnsTheIDOfTheMessage(t *testing.T) {
	server, queue := start(t)
	id, err := queue.Send(t.Context(), publisher.Message{Body: []byte(`{"a": 1}`)})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{id: `{"a": 1}`}, queued(server, fakeaws.LocalQueue))
}

func TestSendBatch_returnsTheIDsInOrder(t *testing.T) {
	server, queue := start(t)
	messages := []publisher.Message{{Body: []byte("a")}, {Body: []byte("b"), IdempotencyKey: "key-b"}, {Body: []byte("c")}}
	got, err := queue.SendBatch(t.Context(), messages)
	require.NoError(t, err)
	inQueue := queued(server, fakeaws.LocalQueue)
	require.Len(t, got, 3)
	for i, result := range got {
		require.NoError(t, result.Err)
		assert.Equal(t, string(messages[i].Body), inQueue[result.ID])
	}
}

func TestIdempotencyKeyAndTraceparent_areAttributes(t *testing.T) {
	server, queue := start(t)
	alone, err := queue.Send(t.Context(), publisher.Message{Body: []byte("a"), IdempotencyKey: "key-a", Traceparent: "span-a"})
	require.NoError(t, err)
	_, err = queue.Send(t.Context(), publisher.Message{Body: []byte("b")})
	require.NoError(t, err)
	batch, err := queue.SendBatch(t.Context(), []publisher.Message{{Body: []byte("c"), Traceparent: "span-c"}, {Body: []byte("d")}})
	require.NoError(t, err)
	client := sqs.NewFromConfig(server.Config())
	url, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(fakeaws.LocalQueue)})
	require.NoError(t, err)
	received, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
	})
	require.NoError(t, err)
	values := map[string]string{}
	for i := range received.Messages {
		m := &received.Messages[i]
		for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
			values[*m.MessageId] += name + "=" + aws.ToString(m.MessageAttributes[name].StringValue) + " "
		}
	}
	assert.Len(t, received.Messages, 4)
	assert.Equal(t, map[string]string{alone: "IdempotencyKey=key-a traceparent=span-a ", batch[0].ID: "traceparent=span-c "}, values)
}

func TestSendBatch_refusedEntry_isPermanentForItAlone(t *testing.T) {
	server, queue := start(t)
	got, err := queue.SendBatch(t.Context(), []publisher.Message{{Body: []byte("good")}, {Body: []byte("bad\x00")}})
	require.NoError(t, err)
	require.NoError(t, got[0].Err)
	require.ErrorContains(t, got[1].Err, "sending to SQS: InvalidMessageContents")
	assert.True(t, got[1].Permanent)
	assert.Len(t, queued(server, fakeaws.LocalQueue), 1)
}

func TestSendBatch_entryFailsInSQS_isNotPermanent(t *testing.T) {
	server, queue := start(t)
	server.Faults.Add(faults.Rule{
		Operation: "sqs.SendMessageBatch",
		Fault:     faults.Fault{EveryEntry: 1},
	})
	got, err := queue.SendBatch(t.Context(), []publisher.Message{{Body: []byte("a")}, {Body: []byte("b")}})
	require.NoError(t, err)
	for _, result := range got {
		require.ErrorContains(t, result.Err, "InternalError")
		assert.False(t, result.Permanent)
	}
}

func TestSendBatch_callFails_isRetriedThenFails(t *testing.T) {
	server, queue := start(t)
	server.Faults.Add(faults.Rule{
		Operation: "sqs.SendMessage*", Times: 1,
		Fault: faults.Unavailable,
	})
	_, err := queue.Send(t.Context(), publisher.Message{Body: []byte("a")})
	require.NoError(t, err)

	server.Faults.Down("sqs.SendMessage*")
	_, err = queue.Send(t.Context(), publisher.Message{Body: []byte("a")})
	require.ErrorContains(t, err, "sending to SQS: ")
	_, err = queue.SendBatch(t.Context(), []publisher.Message{{Body: []byte("a")}, {Body: []byte("b")}})
	require.ErrorContains(t, err, "sending a batch to SQS: ")
}
