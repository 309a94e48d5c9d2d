package cli

import (
	"errors"
	"fmt"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/deadletter"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type dlqDropCommand struct {
	Message string `arg:"" optional:"" help:"The message's id, as dlq ls prints it."`
	All     bool   `help:"Delete every message, those included that are hidden at present."`
	Yes     bool   `help:"Do not ask. Without it, a terminal is needed to confirm on."`
}

// Validate is called by kong.
func (c *dlqDropCommand) Validate() error {
	if (c.Message == "") != c.All {
		return errors.New("name one message, or say --all")
	}
	return nil
}

// dropped is what was deleted.
type dropped struct {
	Queue string `json:"queue"`
	// Messages is how many were deleted; for all of them, SQS's approximation.
	Messages int    `json:"messages"`
	ID       string `json:"id,omitempty"`
}

// Run implements the command.
func (c *dlqDropCommand) Run(s *session) error {
	queue, err := s.dlq()
	if err != nil {
		return err
	}
	drop := c.one
	if c.All {
		drop = c.all
	}
	gone, err := drop(s, queue)
	if err != nil {
		return err
	}
	return s.print(gone, func(w *screen) {
		if c.All {
			_, _ = fmt.Fprintf(w, "about %d messages are being deleted, which takes SQS up to a minute\n", gone.Messages)
			return
		}
		_, _ = fmt.Fprintf(w, "message %s is deleted\n", gone.ID)
	})
}

func (c *dlqDropCommand) one(s *session, queue *dlq) (dropped, error) {
	question := fmt.Sprintf("Message %s of %s will be gone for good. Type yes to delete it: ", c.Message, aws.Name(queue.on.Get(target.DLQURL)))
	if err := c.confirm(s, question, "yes"); err != nil {
		return dropped{}, err
	}
	err := queue.find(s, c.Message, func(m deadletter.Message) error { return queue.Delete(s.ctx, m.Handle) })
	return dropped{Queue: queue.on.Get(target.DLQURL), Messages: 1, ID: c.Message}, err
}

// all asks for the target's name, so that a wrong --stack is noticed.
func (c *dlqDropCommand) all(s *session, queue *dlq) (dropped, error) {
	count := queue.counts.Total()
	question := fmt.Sprintf("About %d messages of %s will be gone for good. Type %s to delete them: ",
		count, aws.Name(queue.on.Get(target.DLQURL)), queue.on.Name)
	if err := c.confirm(s, question, queue.on.Name); err != nil {
		return dropped{}, err
	}
	if err := queue.Purge(s.ctx); err != nil {
		return dropped{}, aws.Explain(err, queue.on)
	}
	return dropped{Queue: queue.on.Get(target.DLQURL), Messages: count}, nil
}

func (c *dlqDropCommand) confirm(s *session, question, answer string) error {
	if c.Yes {
		return nil
	}
	return s.confirm(question, answer)
}
