package fakesqs

import (
	"context"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
)

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
	counts := source.Counts(now)
	task := &moveTask{
		handle: queue.NewID(), status: moveRunning, source: in.SourceArn, target: in.DestinationArn,
		rate: in.MaxNumberOfMessagesPerSecond, started: now, cancel: make(chan struct{}),
		toMove: counts.Visible,
	}
	s.tasks = append(s.tasks, task)
	if task.rate == 0 {
		s.move(task, counts.Total())
	} else {
		s.moving.Go(func() { s.pace(task) })
	}
	return &startMoveOut{TaskHandle: task.handle}, nil
}

func (s *Service) checkMove(in *startMoveIn) (*namedQueue, error) {
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
		case <-s.closing.Done():
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

// move moves up to limit visible messages; with none left the task is complete.
func (s *Service) move(task *moveTask, limit int) {
	if task.status != moveRunning {
		return
	}
	source := s.byARN(task.source)
	if source == nil {
		task.status = moveCancelled
		return
	}
	moved, done := source.Move(s.clock.Now(), limit, func(m *queue.Message) *queue.Queue {
		if task.target != "" {
			return s.byARN(task.target).engine()
		}
		return s.byARN(m.Source).engine()
	})
	task.moved += moved
	if done {
		task.status = moveCompleted
	}
}
