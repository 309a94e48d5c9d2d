package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/deadletter"
)

// Mover moves messages from one queue to another. It implements deadletter.Mover.
type Mover struct {
	client   *sqs.Client
	from, to string
}

var _ deadletter.Mover = (*Mover)(nil)

// MoverTo moves this queue's messages, that of ARN from, to the queue of ARN to.
// The destination is named, since SQS knows the origin only of those messages
// that it has moved to the dead-letter queue itself.
func (q *Queue) MoverTo(from, to string) *Mover {
	return &Mover{client: q.client, from: from, to: to}
}

// LatestMove implements deadletter.Mover.
func (m *Mover) LatestMove(ctx context.Context) (move deadletter.Move, found bool, err error) {
	answer, err := m.client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &m.from, MaxResults: aws.Int32(1)})
	if err != nil {
		return move, false, fmt.Errorf("asking for moves out of %s: %w", m.from, err)
	}
	if len(answer.Results) == 0 {
		return move, false, nil
	}
	task := answer.Results[0]
	return deadletter.Move{
		Handle: aws.ToString(task.TaskHandle), Status: aws.ToString(task.Status),
		Moved: task.ApproximateNumberOfMessagesMoved, Total: aws.ToInt64(task.ApproximateNumberOfMessagesToMove),
		Failure: aws.ToString(task.FailureReason), Started: time.UnixMilli(task.StartedTimestamp).UTC(),
	}, true, nil
}

// StartMove implements deadletter.Mover.
func (m *Mover) StartMove(ctx context.Context, rate int) error {
	input := &sqs.StartMessageMoveTaskInput{SourceArn: &m.from, DestinationArn: &m.to}
	if rate > 0 {
		input.MaxNumberOfMessagesPerSecond = aws.Int32(int32(rate)) //nolint:gosec // G115: at most 500
	}
	if _, err := m.client.StartMessageMoveTask(ctx, input); err != nil {
		return fmt.Errorf("starting a move out of %s: %w", m.from, err)
	}
	return nil
}

// CancelMove implements deadletter.Mover.
func (m *Mover) CancelMove(ctx context.Context, handle string) error {
	if _, err := m.client.CancelMessageMoveTask(ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle}); err != nil {
		return fmt.Errorf("cancelling the move out of %s: %w", m.from, err)
	}
	return nil
}
