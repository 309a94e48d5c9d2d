package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/deadletter"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type dlqRedriveCommand struct {
	Rate int `help:"How many messages are moved a second at most, up to 500; 0 lets SQS choose." default:"0"`
}

// maxRate is SQS's limit.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
const maxRate = 500

// Validate is called by kong.
func (c *dlqRedriveCommand) Validate() error {
	if c.Rate < 0 || c.Rate > maxRate {
		return fmt.Errorf("--rate is %d; allowed is 0 to %d", c.Rate, maxRate)
	}
	return nil
}

// redriven is how a move ended.
type redriven struct {
	deadletter.Move
	From string  `json:"from"`
	To   string  `json:"to"`
	Took seconds `json:"took_seconds"`
}

// Run implements the command.
func (c *dlqRedriveCommand) Run(s *session) error {
	queue, err := s.dlq(target.QueueURL)
	if err != nil {
		return err
	}
	to, err := aws.NewQueue(queue.config, queue.on.Get(target.QueueURL)).Describe(s.ctx)
	if err != nil {
		return aws.Explain(err, queue.on)
	}
	started := time.Now()
	move, err := deadletter.Redrive(s.ctx, queue.MoverTo(queue.counts.ARN, to.ARN), c.Rate, s.moving())
	if err != nil && s.ctx.Err() == nil {
		return aws.Explain(err, queue.on)
	}
	ended := redriven{Move: move, From: queue.on.Get(target.DLQURL), To: queue.on.Get(target.QueueURL), Took: seconds(time.Since(started).Round(time.Millisecond))}
	if err := s.print(ended, func(w *screen) { ended.write(w) }); err != nil {
		return err
	}
	switch {
	case s.ctx.Err() != nil:
		return errInterrupted
	case move.Status == deadletter.MoveFailed:
		return fmt.Errorf("the move failed: SQS says %s", move.Failure)
	case move.Status == deadletter.MoveCancelled:
		return errors.New("the move was cancelled by another program")
	}
	return nil
}

// moving says how far a move is, whenever that has changed.
func (s *session) moving() deadletter.Progress {
	last := int64(-1)
	return deadletter.Progress{
		Joined: func(m deadletter.Move) {
			s.note("a move has been running since %s, and SQS runs one at a time: following that one, at its own rate", clock(m.Started))
		},
		Moved: func(m deadletter.Move) {
			if m.Moved != last {
				last = m.Moved
				s.note("%d of about %d moved", m.Moved, m.Total)
			}
		},
	}
}

func (r redriven) write(w io.Writer) {
	switch {
	case r.Status == deadletter.MoveCompleted && r.Moved == 0:
		_, _ = fmt.Fprintln(w, "there was nothing to move")
	case r.Status == deadletter.MoveCompleted:
		_, _ = fmt.Fprintf(w, "%d moved from %s to %s in %s\n", r.Moved, aws.Name(r.From), aws.Name(r.To), time.Duration(r.Took))
	default:
		_, _ = fmt.Fprintf(w, "%d of about %d moved from %s to %s; the rest stays\n", r.Moved, r.Total, aws.Name(r.From), aws.Name(r.To))
	}
}
