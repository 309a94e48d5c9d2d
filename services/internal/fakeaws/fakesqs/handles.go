package fakesqs

import (
	"context"
	"errors"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
)

// handleEntry is what a delete or a change of visibility names.
type handleEntry struct {
	Id                string
	ReceiptHandle     string
	VisibilityTimeout *int
}

type handleIn struct {
	QueueUrl string
	handleEntry
}

type handleBatchIn struct {
	QueueUrl string
	Entries  []handleEntry
}

type doneEntry struct{ Id string }

type handleBatchOut struct {
	Successful []doneEntry
	Failed     []failedEntry `json:",omitempty"`
}

func (s *Service) delete(_ context.Context, in *handleIn) (*empty, error) {
	return s.onHandle(in, s.deleteOne)
}

func (s *Service) deleteBatch(ctx context.Context, in *handleBatchIn) (*handleBatchOut, error) {
	return s.onHandles(ctx, in, s.deleteOne)
}

func (s *Service) changeVisibility(_ context.Context, in *handleIn) (*empty, error) {
	return s.onHandle(in, s.changeOne)
}

func (s *Service) changeVisibilityBatch(ctx context.Context, in *handleBatchIn) (*handleBatchOut, error) {
	return s.onHandles(ctx, in, s.changeOne)
}

func (s *Service) onHandle(in *handleIn, do func(*namedQueue, *handleEntry) error) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := do(q, &in.handleEntry); err != nil {
		return nil, err
	}
	return &empty{}, nil
}

func (s *Service) onHandles(ctx context.Context, in *handleBatchIn, do func(*namedQueue, *handleEntry) error) (*handleBatchOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e *handleEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	out := &handleBatchOut{Successful: []doneEntry{}}
	for i := range in.Entries {
		e := &in.Entries[i]
		if fault, failed := faults.Entry(ctx); failed {
			out.Failed = append(out.Failed, faultEntry(e.Id, fault))
			continue
		}
		if err := do(q, e); err != nil {
			out.Failed = append(out.Failed, failure(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, doneEntry{e.Id})
	}
	return out, nil
}

func (s *Service) deleteOne(q *namedQueue, e *handleEntry) error {
	if e.ReceiptHandle == "" {
		return missingParameter("ReceiptHandle")
	}
	return handleError(e, q.DeleteMessage(e.ReceiptHandle))
}

func (s *Service) changeOne(q *namedQueue, e *handleEntry) error {
	if e.VisibilityTimeout == nil {
		return missingParameter("VisibilityTimeout")
	}
	timeout, err := between("VisibilityTimeout", e.VisibilityTimeout, 0, 0, int(queue.MaxVisibility/time.Second))
	if err != nil {
		return err
	}
	if e.ReceiptHandle == "" {
		return missingParameter("ReceiptHandle")
	}
	return handleError(e, q.ChangeVisibility(e.ReceiptHandle, s.clock.Now(), time.Duration(timeout)*time.Second))
}

// handleError is the answer to an error of the queue.
func handleError(e *handleEntry, err error) error {
	switch {
	case errors.Is(err, queue.ErrHandle):
		return errHandle
	case errors.Is(err, queue.ErrStaleHandle):
		return invalidParameter("ReceiptHandle", e.ReceiptHandle,
			"Message does not exist or is not available for visibility timeout change.")
	case errors.Is(err, queue.ErrNotInFlight):
		return errNotInflight
	case errors.Is(err, queue.ErrMaxVisibility):
		return invalidParameter("VisibilityTimeout", *e.VisibilityTimeout,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
	default:
		return err
	}
}
