package suite

import (
	"context"
	"fmt"
	"strconv"
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

// receive polls once, without waiting on the stand-in.
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

func TestAMessageIsHiddenForItsVisibilityTimeout(t *testing.T) {
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

func TestADeletedMessageDoesNotComeBack(t *testing.T) {
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

func TestVisibilityCanBeChanged(t *testing.T) {
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

func TestAHandleThatIsNoneIsInvalid(t *testing.T) {
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

func TestALongPollAnswersWhenAMessageArrives(t *testing.T) {
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

func TestBatchesAnswerForEachEntry(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"MaximumMessageSize": "1024"})
	sent, err := p.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
		QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("good"), MessageBody: aws.String("fits")},
			{Id: aws.String("long"), MessageBody: aws.String(strings.Repeat("x", 1025))},
			{Id: aws.String("odd"), MessageBody: aws.String("a\x00b")},
		},
	})
	require.NoError(t, err)
	require.Len(t, sent.Successful, 1)
	assert.Equal(t, "good", *sent.Successful[0].Id)
	codes := map[string]string{}
	for _, failed := range sent.Failed {
		codes[*failed.Id] = *failed.Code
		assert.True(t, failed.SenderFault)
	}
	assert.Equal(t, map[string]string{"long": "InvalidParameterValue", "odd": "InvalidMessageContents"}, codes)
}

func TestBatchesThatAreNoneAreRefusedWhole(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	entries := func(n int, body string, id func(int) string) []types.SendMessageBatchRequestEntry {
		var all []types.SendMessageBatchRequestEntry
		for i := range n {
			all = append(all, types.SendMessageBatchRequestEntry{Id: aws.String(id(i)), MessageBody: &body})
		}
		return all
	}
	for name, c := range map[string]struct {
		entries []types.SendMessageBatchRequestEntry
		code    string
	}{
		"empty":    {[]types.SendMessageBatchRequestEntry{}, "EmptyBatchRequest"},
		"eleven":   {entries(11, "x", strconv.Itoa), "TooManyEntriesInBatchRequest"},
		"twice":    {entries(2, "x", func(int) string { return "a" }), "BatchEntryIdsNotDistinct"},
		"id":       {entries(1, "x", func(int) string { return "a b" }), "InvalidBatchEntryId"},
		"too long": {entries(2, strings.Repeat("x", 600<<10), strconv.Itoa), "BatchRequestTooLong"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: c.entries})
			assert.Equal(t, c.code, strings.TrimPrefix(code(t, err), "AWS.SimpleQueueService."))
		})
	}
	p.none(t, url)
}

func TestMessageLimits(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"MaximumMessageSize": "262144"})
	send := func(body string) error {
		_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		return err
	}
	require.NoError(t, send(strings.Repeat("x", 262144)))
	assert.Equal(t, "InvalidParameterValue", code(t, send(strings.Repeat("x", 262145))))
	require.NoError(t, send("tab\tline\nreturn\r \ud7ff\ue000\ufffd\U00010000\U0010ffff"))
	for _, forbidden := range []string{"\x00", "\x0b", "\x1f", "\ufffe", "\uffff"} {
		var contents *types.InvalidMessageContents
		require.ErrorAs(t, send("a"+forbidden), &contents, "%q", forbidden)
	}
}

func TestMessageAttributesComeBackAsSent(t *testing.T) {
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

func TestADelayedMessageComesLater(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x"), DelaySeconds: 5})
	require.NoError(t, err)
	assert.Empty(t, p.receive(t, url, func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 0 }))
	p.pass(6 * time.Second)
	p.receiveOne(t, url)
}

func TestReceivedTooOftenAMessageGoesToTheDeadLetterQueue(t *testing.T) {
	p := newPlace(t)
	dlq, dlqARN := p.queue(t, nil)
	url, arn := p.queue(t, map[string]string{
		"VisibilityTimeout": "1",
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, dlqARN),
	})
	id := p.send(t, url, "poison")
	var sent string
	for range 2 {
		sent = p.receiveOne(t, url).Attributes["SentTimestamp"]
		p.pass(2 * time.Second)
	}
	p.none(t, url)
	dead := p.receiveOne(t, dlq)
	assert.Equal(t, id, *dead.MessageId, "a redriven message keeps its id")
	assert.Equal(t, sent, dead.Attributes["SentTimestamp"], "and the time of its sending")
	assert.Equal(t, arn, dead.Attributes["DeadLetterQueueSourceArn"])

	sources, err := p.sqs.ListDeadLetterSourceQueues(t.Context(), &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dlq})
	require.NoError(t, err)
	assert.Equal(t, []string{url}, sources.QueueUrls)
}

func TestAMovedMessageIsNew(t *testing.T) {
	p := newPlace(t)
	dlq, dlqARN := p.queue(t, map[string]string{"VisibilityTimeout": "1"})
	url, _ := p.queue(t, map[string]string{
		"VisibilityTimeout": "1",
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":1}`, dlqARN),
	})
	id := p.send(t, url, "again")
	sent := p.receiveOne(t, url).Attributes["SentTimestamp"]
	p.pass(2 * time.Second)
	p.none(t, url)

	_, err := p.sqs.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &dlqARN})
	require.NoError(t, err)
	moved := p.receiveOne(t, url)
	assert.Equal(t, "again", *moved.Body)
	assert.NotEqual(t, id, *moved.MessageId)
	assert.NotEqual(t, sent, moved.Attributes["SentTimestamp"])
	assert.Equal(t, "1", moved.Attributes["ApproximateReceiveCount"])
	p.none(t, dlq)

	tasks, err := p.sqs.ListMessageMoveTasks(t.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &dlqARN})
	require.NoError(t, err)
	require.Len(t, tasks.Results, 1)
	assert.Equal(t, "COMPLETED", *tasks.Results[0].Status)
	assert.EqualValues(t, 1, tasks.Results[0].ApproximateNumberOfMessagesMoved)
}

func TestOnlyADeadLetterQueueIsMovedFrom(t *testing.T) {
	p := newPlace(t)
	_, arn := p.queue(t, nil)
	_, err := p.sqs.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
	require.Error(t, err)
}

func TestRedriveIsAllowedByPolicy(t *testing.T) {
	p := newPlace(t)
	dlq, dlqARN := p.queue(t, nil)
	url, arn := p.queue(t, nil)
	allow := func(policy string) {
		_, err := p.sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: &dlq, Attributes: map[string]string{"RedriveAllowPolicy": policy},
		})
		require.NoError(t, err)
	}
	redrive := func() error {
		_, err := p.sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: &url, Attributes: map[string]string{
				"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"5"}`, dlqARN),
			},
		})
		return err
	}
	allow(`{"redrivePermission":"denyAll"}`)
	require.Error(t, redrive())
	allow(fmt.Sprintf(`{"redrivePermission":"byQueue","sourceQueueArns":[%q]}`, arn))
	require.NoError(t, redrive())
}

func TestQueuesAreFoundByName(t *testing.T) {
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

func TestCountsTellVisibleFromInFlight(t *testing.T) {
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

func TestAPurgeEmptiesTheQueueOnceAMinute(t *testing.T) {
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

func TestACancelledPollSwallowsNothing(t *testing.T) {
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
