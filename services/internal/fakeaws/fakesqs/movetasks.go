package fakesqs

import "context"

type listMovesIn struct {
	SourceArn  string
	MaxResults *int
}

type moveResult struct {
	TaskHandle                       string `json:",omitempty"`
	Status                           string
	SourceArn                        string
	DestinationArn                   string `json:",omitempty"`
	MaxNumberOfMessagesPerSecond     int    `json:",omitempty"`
	ApproximateNumberOfMessagesMoved int
	// ApproximateNumberOfMessagesToMove is what there was when the task started.
	ApproximateNumberOfMessagesToMove int
	StartedTimestamp                  int64
}

type listMovesOut struct{ Results []moveResult }

// listMoves answers the latest tasks first. Only a running task shows its
// handle.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
func (s *Service) listMoves(_ context.Context, in *listMovesIn) (*listMovesOut, error) {
	limit, err := between("MaxResults", in.MaxResults, 1, 1, 10)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byARN(in.SourceArn) == nil {
		return nil, clientError("ResourceNotFoundException", "ResourceNotFoundException",
			"The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	out := &listMovesOut{Results: []moveResult{}}
	for i := len(s.tasks) - 1; i >= 0 && len(out.Results) < limit; i-- {
		task := s.tasks[i]
		if task.source != in.SourceArn {
			continue
		}
		result := moveResult{
			Status: task.status, SourceArn: task.source, DestinationArn: task.target,
			MaxNumberOfMessagesPerSecond:      task.rate,
			ApproximateNumberOfMessagesMoved:  task.moved,
			ApproximateNumberOfMessagesToMove: task.toMove,
			StartedTimestamp:                  task.started.UnixMilli(),
		}
		if task.status == moveRunning {
			result.TaskHandle = task.handle
		}
		out.Results = append(out.Results, result)
	}
	return out, nil
}

type cancelMoveIn struct{ TaskHandle string }

type cancelMoveOut struct{ ApproximateNumberOfMessagesMoved int }

func (s *Service) cancelMove(_ context.Context, in *cancelMoveIn) (*cancelMoveOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, task := range s.tasks {
		if task.handle == in.TaskHandle && task.status == moveRunning {
			task.status = moveCancelled
			close(task.cancel)
			return &cancelMoveOut{ApproximateNumberOfMessagesMoved: task.moved}, nil
		}
	}
	return nil, errNoTask
}
