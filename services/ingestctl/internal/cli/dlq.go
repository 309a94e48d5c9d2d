package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/deadletter"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type dlqCommand struct {
	Ls      dlqLsCommand      `cmd:"" help:"Count the dead letters, and list those that can be received."`
	Show    dlqShowCommand    `cmd:"" help:"Show one, with the reason why it cannot be stored; its payload only on request."`
	Redrive dlqRedriveCommand `cmd:"" help:"Move them all back to the queue. Ctrl-C stops the move."`
	Drop    dlqDropCommand    `cmd:"" help:"Delete one, or all of them, for good."`
}

// peekNote is said before each look into the queue.
const peekNote = "SQS has no peek: a message that is looked at is hidden from others for up to 30 s, and its receive count grows by one"

// deadLetter is a message of the dead-letter queue as it is shown.
type deadLetter struct {
	ID        string             `json:"id"`
	SentAt    time.Time          `json:"sent_at"`
	Age       seconds            `json:"age_seconds"`
	ExpiresAt time.Time          `json:"expires_at"`
	Receives  int                `json:"receives"`
	Bytes     int                `json:"bytes"`
	Now       deadletter.Verdict `json:"now"`
	// Payload is set on request alone.
	Payload *string `json:"payload,omitempty"`
}

// dlq is a target with its dead-letter queue.
type dlq struct {
	*aws.Queue
	on     target.Target
	config aws.Configuration
	counts aws.QueueDescription
}

// dlq opens the dead-letter queue of a target with the other parts that a command reads.
func (s *session) dlq(parts ...target.Part) (*dlq, error) {
	on, config, err := s.connect(append(parts, target.DLQURL, target.Region)...)
	if err != nil {
		return nil, err
	}
	opened := &dlq{Queue: aws.NewQueue(config, on.Get(target.DLQURL)), on: on, config: config}
	if opened.counts, err = opened.Describe(s.ctx); err != nil {
		return nil, aws.Explain(err, on)
	}
	return opened, nil
}

func (d *dlq) letter(m deadletter.Message) deadLetter {
	now := time.Now()
	return deadLetter{
		ID: m.ID, SentAt: m.SentAt, Age: seconds(now.Sub(m.SentAt).Round(time.Second)), ExpiresAt: m.SentAt.Add(d.counts.Retention),
		Receives: m.Receives, Bytes: len(m.Body), Now: deadletter.Judge(m, d.on.Get(target.PayloadVersion), d.on.Get(target.Environment), now),
	}
}

// find receives messages until it finds one, and calls use with it.
func (d *dlq) find(s *session, id string, use func(deadletter.Message) error) error {
	s.note(peekNote)
	var found bool
	var used error
	looked, err := deadletter.Look(s.ctx, d, func(m deadletter.Message) bool {
		if m.ID != id {
			return true
		}
		found, used = true, use(m)
		return false
	})
	switch {
	case s.ctx.Err() != nil:
		return errInterrupted
	case used != nil:
		return aws.Explain(used, d.on)
	case err != nil:
		return aws.Explain(err, d.on)
	case !found && looked.Complete:
		return fmt.Errorf("message %s is not among the %d that can be received now (%s lists them): it is gone, or hidden by another look for up to 30 s", id, looked.Seen, s.again("dlq ls"))
	case !found:
		return fmt.Errorf("message %s was not among the first %d, and there are more than can be looked at in one go: try again", id, looked.Seen)
	}
	return nil
}

type dlqLsCommand struct {
	Limit int `help:"How many are listed at most; 0 is no limit." default:"100"`
}

// Validate is called by kong.
func (c *dlqLsCommand) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit is %d; allowed is 0 or more", c.Limit)
	}
	return nil
}

// deadLetters is the dead-letter queue.
type deadLetters struct {
	Queue    string `json:"queue"`
	Visible  int    `json:"visible"`
	InFlight int    `json:"in_flight"`
	Delayed  int    `json:"delayed"`
	// Oldest is the oldest of those that are listed.
	Oldest   *deadLetter  `json:"oldest,omitempty"`
	Messages []deadLetter `json:"messages"`
	// Complete is set when every message that can be received is listed.
	Complete bool `json:"complete"`
}

// Run implements the command.
func (c *dlqLsCommand) Run(s *session) error {
	queue, err := s.dlq(target.Environment, target.PayloadVersion)
	if err != nil {
		return err
	}
	s.note(peekNote)
	found := deadLetters{
		Queue:   queue.on.Get(target.DLQURL),
		Visible: queue.counts.Visible, InFlight: queue.counts.InFlight, Delayed: queue.counts.Delayed,
		Messages: []deadLetter{},
	}
	outcome, err := deadletter.Look(s.ctx, queue, func(m deadletter.Message) bool {
		found.Messages = append(found.Messages, queue.letter(m))
		return c.Limit == 0 || len(found.Messages) < c.Limit
	})
	if s.ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return aws.Explain(err, queue.on)
	}
	slices.SortStableFunc(found.Messages, func(a, b deadLetter) int { return a.SentAt.Compare(b.SentAt) })
	// The count is approximate: it may still hold what was looked at just now.
	found.Complete = outcome.Complete || len(found.Messages) >= found.Visible
	if len(found.Messages) > 0 {
		oldest := found.Messages[0]
		found.Oldest = &oldest
	}
	return s.print(found, func(w *screen) { found.write(w, s) })
}

func (l deadLetters) write(w *screen, s *session) {
	_, _ = fmt.Fprintf(w, "%s: %d visible, %d in flight, %d delayed\n", aws.Name(l.Queue), l.Visible, l.InFlight, l.Delayed)
	if l.Oldest == nil {
		return
	}
	which := "the oldest"
	if !l.Complete {
		which = fmt.Sprintf("the oldest of these %d", len(l.Messages))
	}
	_, _ = fmt.Fprintf(w, "%s was sent %s ago and is kept until %s\n\n", which, since(time.Duration(l.Oldest.Age)), clock(l.Oldest.ExpiresAt))
	rows := make([][]string, 0, len(l.Messages))
	for _, m := range l.Messages {
		rows = append(rows, []string{clock(m.SentAt), strconv.Itoa(m.Receives), m.ID, m.Now.String()})
	}
	w.table([]string{"SENT", "RECEIVES", "MESSAGE", "NOW"}, rows)
	if !l.Complete {
		_, _ = fmt.Fprintln(w, "there are more: --limit says how many are listed")
	}
	_, _ = fmt.Fprintf(w, "\none of them: %s; all back to the queue: %s\n", s.again("dlq show MESSAGE"), s.again("dlq redrive"))
}

type dlqShowCommand struct {
	Message string `arg:"" help:"The message's id, as dlq ls prints it."`
	Payload bool   `help:"Show the payload, too. It is personal mail."`
}

// Run implements the command.
func (c *dlqShowCommand) Run(s *session) error {
	queue, err := s.dlq(target.Environment, target.PayloadVersion)
	if err != nil {
		return err
	}
	var shown deadLetter
	if err := queue.find(s, c.Message, func(m deadletter.Message) error {
		shown = queue.letter(m)
		if c.Payload {
			payload := string(m.Body)
			shown.Payload = &payload
		}
		return nil
	}); err != nil {
		return err
	}
	return s.print(shown, func(w *screen) { shown.write(w, s) })
}

func (l deadLetter) write(w io.Writer, s *session) {
	_, _ = fmt.Fprintf(w, "message   %s (%d bytes)\n", l.ID, l.Bytes)
	_, _ = fmt.Fprintf(w, "sent      %s (%s ago), kept until %s\n", clock(l.SentAt), since(time.Duration(l.Age)), clock(l.ExpiresAt))
	_, _ = fmt.Fprintf(w, "receives  %d, this one included\n", l.Receives)
	_, _ = fmt.Fprintf(w, "now       %s\n", l.Now)
	if l.Now.Poison {
		_, _ = fmt.Fprintf(w, "next      a redrive brings it back here; %s deletes it\n", s.again("dlq drop "+l.ID))
	} else {
		_, _ = fmt.Fprintf(w, "as        %s\n", l.Now.Key)
		_, _ = fmt.Fprintf(w, "next      what stopped it was not the message: %s says what; then %s\n",
			s.again("logs worker --level error"), s.again("dlq redrive"))
	}
	if l.Payload != nil {
		_, _ = fmt.Fprintf(w, "\n%s\n", printable(*l.Payload))
	}
}
