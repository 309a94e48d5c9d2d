package suite

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRedrive_maxReceives_messageIsInTheDeadLetterQueue(t *testing.T) {
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
}

func TestMove_movedMessage_isNew(t *testing.T) {
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

func TestMove_sourceIsNotADeadLetterQueue_isRefused(t *testing.T) {
	p := newPlace(t)
	_, arn := p.queue(t, nil)
	_, err := p.sqs.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
	require.Error(t, err)
}
