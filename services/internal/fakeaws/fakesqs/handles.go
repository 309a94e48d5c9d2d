package fakesqs

import (
	"context"
	"time"

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

func (s *Service) onHandle(in *handleIn, do func(*queue, *handleEntry) error) (*empty, error) {
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

func (s *Service) onHandles(ctx context.Context, in *handleBatchIn, do func(*queue, *handleEntry) error) (*handleBatchOut, error) {
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

// deleteOne deletes the message that was received last under this handle. With
// an older handle, or for a message that is deleted already, it succeeds and
// does nothing: SQS promises no more.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
func (s *Service) deleteOne(q *queue, e *handleEntry) error {
	m, err := q.byHandle(e.ReceiptHandle)
	if err != nil {
		return err
	}
	if m != nil {
		q.remove(m)
	}
	return nil
}

// changeOne counts the new timeout from now. A message may be hidden for 12
// hours in all since its receive.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
func (s *Service) changeOne(q *queue, e *handleEntry) error {
	if e.VisibilityTimeout == nil {
		return missingParameter("VisibilityTimeout")
	}
	timeout, err := between("VisibilityTimeout", e.VisibilityTimeout, 0, 0, int(maxVisibility/time.Second))
	if err != nil {
		return err
	}
	m, err := q.byHandle(e.ReceiptHandle)
	if err != nil {
		return err
	}
	if m == nil {
		return invalidParameter("ReceiptHandle", e.ReceiptHandle,
			"Message does not exist or is not available for visibility timeout change.")
	}
	now := s.clock.Now()
	q.settle(now)
	if !m.inFlight {
		q.wake() // settling may have shown it
		return errNotInflight
	}
	until := now.Add(time.Duration(timeout) * time.Second)
	if until.Sub(m.receivedAt) > maxVisibility {
		return invalidParameter("VisibilityTimeout", timeout,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
	}
	q.unhide(m)
	if timeout == 0 {
		q.ready.push(m)
	} else {
		q.hide(m, until, true)
	}
	q.wake()
	return nil
}
