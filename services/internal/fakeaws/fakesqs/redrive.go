package fakesqs

import (
	"context"
	"time"
)

// redrive moves m, which has just been taken from q's visible messages, to the
// dead-letter queue if it has been received often enough. It keeps its id and
// its times there.
func (s *Service) redrive(q *queue, m *message, now time.Time) bool {
	policy := q.settings.redrive
	if policy == nil || m.receives < policy.maxReceives {
		return false
	}
	dlq := s.byARN(policy.target)
	if dlq == nil {
		return false // SQS, too, leaves a message where it cannot move it
	}
	moved := *m
	moved.source = q.arn
	q.remove(m)
	dlq.add(&moved, now, 0)
	return true
}

// moveTask moves messages out of a dead-letter queue.
type moveTask struct {
	handle  string
	status  string
	source  string
	target  string
	rate    int
	started time.Time
	moved   int
	toMove  int
	cancel  chan struct{}
}

// The states of a task, as ListMessageMoveTasks answers them.
const (
	moveRunning   = "RUNNING"
	moveCompleted = "COMPLETED"
	moveCancelled = "CANCELLED"
)

type startMoveIn struct {
	SourceArn                    string
	DestinationArn               string
	MaxNumberOfMessagesPerSecond int
}

type startMoveOut struct{ TaskHandle string }

func (s *Service) startMove(_ context.Context, in *startMoveIn) (*startMoveOut, error) {
	const maxRate = 500
	if in.MaxNumberOfMessagesPerSecond < 0 || in.MaxNumberOfMessagesPerSecond > maxRate {
		return nil, invalidParameter("MaxNumberOfMessagesPerSecond", in.MaxNumberOfMessagesPerSecond, "Must be between 1 and 500.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	source, err := s.checkMove(in)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	source.expire(now)
	source.settle(now)
	task := &moveTask{
		handle: newID(), status: moveRunning, source: in.SourceArn, target: in.DestinationArn,
		rate: in.MaxNumberOfMessagesPerSecond, started: now, cancel: make(chan struct{}),
		toMove: len(source.messages) - len(source.hidden),
	}
	s.tasks = append(s.tasks, task)
	if task.rate == 0 {
		s.move(task, len(source.messages))
	} else {
		s.moving.Go(func() { s.pace(task) })
	}
	return &startMoveOut{TaskHandle: task.handle}, nil
}

func (s *Service) checkMove(in *startMoveIn) (*queue, error) {
	source := s.byARN(in.SourceArn)
	if source == nil {
		return nil, clientError("ResourceNotFoundException", "ResourceNotFoundException",
			"The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	if in.DestinationArn != "" && s.byARN(in.DestinationArn) == nil {
		return nil, clientError("ResourceNotFoundException", "ResourceNotFoundException",
			"The resource that you specified for the DestinationArn parameter doesn't exist.")
	}
	if len(s.sources(source)) == 0 {
		return nil, invalidParameter("SourceArn", in.SourceArn, "Source queue must be configured as a Dead Letter Queue.")
	}
	for _, task := range s.tasks {
		if task.source == in.SourceArn && task.status == moveRunning {
			return nil, errMoveRunning
		}
	}
	return source, nil
}

// pace moves the task's rate each second.
func (s *Service) pace(task *moveTask) {
	ticker := s.clock.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.Chan():
		case <-task.cancel:
			return
		case <-s.closed:
			return
		}
		s.mu.Lock()
		s.move(task, task.rate)
		over := task.status != moveRunning
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// move moves up to limit visible messages; with none left the task is
// complete. A moved message is a new one, with an id and times of its own.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
func (s *Service) move(task *moveTask, limit int) {
	if task.status != moveRunning {
		return
	}
	source := s.byARN(task.source)
	if source == nil {
		task.status = moveCancelled
		return
	}
	now := s.clock.Now()
	source.settle(now)
	var stranded []*message
	for moved := 0; moved < limit; {
		m := source.ready.pop()
		if m == nil {
			break
		}
		target := s.moveTarget(task, m)
		if target == nil {
			stranded = append(stranded, m)
			continue
		}
		source.remove(m)
		target.add(&message{
			id: newID(), body: m.body, bodyMD5: m.bodyMD5, attributes: m.attributes, group: m.group, sentAt: now,
		}, now, 0)
		task.moved++
		moved++
	}
	for _, m := range stranded {
		source.ready.push(m)
	}
	if len(source.messages)-len(source.hidden)-len(stranded) <= 0 {
		task.status = moveCompleted
	}
}

// moveTarget is the task's destination, or else the queue that the message
// came from. It is nil for a message that came from none.
func (s *Service) moveTarget(task *moveTask, m *message) *queue {
	if task.target != "" {
		return s.byARN(task.target)
	}
	return s.byARN(m.source)
}
