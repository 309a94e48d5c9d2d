package suite

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type sqsAttribute = types.QueueAttributeName

func (p *place) send(t *testing.T, url, body string) string {
	t.Helper()
	sent, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	require.NoError(t, err)
	return *sent.MessageId
}

// receive polls once, without waiting on the fake AWS.
func (p *place) receive(t *testing.T, url string, change ...func(*sqs.ReceiveMessageInput)) []types.Message {
	t.Helper()
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: int32(min(p.wait, 5*time.Second) / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		MessageAttributeNames:       []string{"All"},
	}
	for _, c := range change {
		c(in)
	}
	got, err := p.sqs.ReceiveMessage(t.Context(), in)
	require.NoError(t, err)
	return got.Messages
}

// none asserts that a poll finds nothing. It is a short one: what is hidden now
// may come back later.
func (p *place) none(t *testing.T, url string, why ...any) {
	t.Helper()
	assert.Empty(t, p.receive(t, url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = min(in.WaitTimeSeconds, 1) }), why...)
}

func (p *place) receiveOne(t *testing.T, url string) types.Message {
	t.Helper()
	got := p.receive(t, url)
	require.Len(t, got, 1)
	return got[0]
}

func TestReceive_messageIsHiddenForItsVisibilityTimeout(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"VisibilityTimeout": "5"})
	id := p.send(t, url, `{"a":1}`)

	first := p.receiveOne(t, url)
	assert.Equal(t, id, *first.MessageId)
	assert.Equal(t, `{"a":1}`, *first.Body)
	assert.Equal(t, "1", first.Attributes["ApproximateReceiveCount"])
	p.none(t, url, "while it is in flight")

	p.pass(6 * time.Second)
	second := p.receiveOne(t, url)
	assert.Equal(t, id, *second.MessageId)
	assert.Equal(t, "2", second.Attributes["ApproximateReceiveCount"])
	assert.NotEqual(t, *first.ReceiptHandle, *second.ReceiptHandle)
	for _, same := range []string{"SentTimestamp", "ApproximateFirstReceiveTimestamp"} {
		assert.Equal(t, first.Attributes[same], second.Attributes[same], same)
	}
}

func TestDelete_messageIsNotReceivedAgain(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"VisibilityTimeout": "1"})
	p.send(t, url, "x")
	got := p.receiveOne(t, url)
	for range 2 { // the second time there is nothing to delete, and no error
		_, err := p.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got.ReceiptHandle})
		require.NoError(t, err)
	}
	p.pass(2 * time.Second)
	p.none(t, url)
}

func TestVisibility_canBeChanged(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"VisibilityTimeout": "30"})
	p.send(t, url, "x")
	got := p.receiveOne(t, url)
	change := func(handle *string, seconds int32) error {
		_, err := p.sqs.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &url, ReceiptHandle: handle, VisibilityTimeout: seconds,
		})
		return err
	}
	require.NoError(t, change(got.ReceiptHandle, 0))
	again := p.receiveOne(t, url)
	assert.Equal(t, "2", again.Attributes["ApproximateReceiveCount"])

	require.Error(t, change(got.ReceiptHandle, 30), "the first receive's handle is of no more use")
	err := change(again.ReceiptHandle, 43201)
	assert.Equal(t, "InvalidParameterValue", code(t, err))
	require.NoError(t, change(again.ReceiptHandle, 2))
	p.pass(3 * time.Second)
	assert.Equal(t, "3", p.receiveOne(t, url).Attributes["ApproximateReceiveCount"])
}

func TestHandle_unknown_isInvalid(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	_, err := p.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("nonsense")})
	var invalid *types.ReceiptHandleIsInvalid
	require.ErrorAs(t, err, &invalid)

	batch, err := p.sqs.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{
		QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{{Id: aws.String("a"), ReceiptHandle: aws.String("nonsense")}},
	})
	require.NoError(t, err)
	assert.Empty(t, batch.Successful)
	require.Len(t, batch.Failed, 1)
	assert.Equal(t, "ReceiptHandleIsInvalid", *batch.Failed[0].Code)
	assert.True(t, batch.Failed[0].SenderFault)
}

func TestLongPoll_messageArrives_answersAtOnce(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	answers := make(chan []types.Message, 1)
	go func() {
		got, err := p.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		assert.NoError(t, err)
		answers <- got.Messages
	}()
	p.send(t, url, "x")
	select {
	case got := <-answers:
		require.Len(t, got, 1)
	case <-time.After(10 * time.Second):
		t.Fatal("the poll still waits 10 s after the message")
	}
}

func TestMessageAttributes_areReceivedAsSent(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	attributes := map[string]types.MessageAttributeValue{
		"trace":  {DataType: aws.String("String"), StringValue: aws.String("abc")},
		"binary": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 255}},
	}
	_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x"), MessageAttributes: attributes})
	require.NoError(t, err)
	got := p.receiveOne(t, url)
	require.Len(t, got.MessageAttributes, 2)
	assert.Equal(t, "abc", *got.MessageAttributes["trace"].StringValue)
	assert.Equal(t, []byte{0, 1, 255}, got.MessageAttributes["binary"].BinaryValue)
}

func TestDelay_messageIsVisibleLater(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x"), DelaySeconds: 5})
	require.NoError(t, err)
	assert.Empty(t, p.receive(t, url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 0 }))
	p.pass(6 * time.Second)
	p.receiveOne(t, url)
}

func TestQueues_areFoundByName(t *testing.T) {
	p := newPlace(t)
	url, arn := p.queue(t, nil)
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	got, err := p.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	require.NoError(t, err)
	assert.Equal(t, url, *got.QueueUrl)
	listed, err := p.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: &name})
	require.NoError(t, err)
	assert.Equal(t, []string{url}, listed.QueueUrls)

	_, err = p.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(randomName("none"))})
	var missing *types.QueueDoesNotExist
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "AWS.SimpleQueueService.NonExistentQueue", code(t, err))
}

func TestCounts_visibleAndInFlight(t *testing.T) {
	p := newPlace(t)
	if p.wait > 0 {
		t.Skip("AWS's counts are approximate")
	}
	url, _ := p.queue(t, nil)
	for range 3 {
		p.send(t, url, "x")
	}
	p.receive(t, url, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
	_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x"), DelaySeconds: 900})
	require.NoError(t, err)
	got, err := p.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqsAttribute{"All"}})
	require.NoError(t, err)
	assert.Equal(t, "2", got.Attributes["ApproximateNumberOfMessages"])
	assert.Equal(t, "1", got.Attributes["ApproximateNumberOfMessagesNotVisible"])
	assert.Equal(t, "1", got.Attributes["ApproximateNumberOfMessagesDelayed"])
}

func TestPurge_emptiesTheQueueOnceAMinute(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	p.send(t, url, "x")
	_, err := p.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url})
	require.NoError(t, err)
	_, err = p.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url})
	var running *types.PurgeQueueInProgress
	require.ErrorAs(t, err, &running)
	p.pass(time.Minute)
	p.none(t, url)
}

func TestLongPoll_cancelled_takesNoMessage(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := p.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		ended <- err
	}()
	// Cancelled before the call, during it or after: no message may be lost.
	cancel()
	require.Error(t, <-ended)
	p.send(t, url, "x")
	p.receiveOne(t, url)
}
