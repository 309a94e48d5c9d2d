package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/message"
)

type verifyCommand struct {
	Timeout  time.Duration `help:"How long to wait for the object." default:"1m"`
	Attempts int           `help:"How often the payload is sent in all while the API has trouble." default:"5"`
}

// verification is how far a payload came, and how long each step took.
type verification struct {
	MessageID string        `json:"message_id,omitempty"`
	Key       string        `json:"key,omitempty"`
	Accepted  time.Duration `json:"accepted_ns,omitempty"`
	Stored    time.Duration `json:"stored_ns,omitempty"`
	// Failed names the step that failed: accepted, stored or intact.
	Failed string `json:"failed,omitempty"`
	Detail string `json:"detail,omitempty"`

	answer apiclient.Answer
}

// Run implements the command.
func (c *verifyCommand) Run(s *session) error {
	on, bucket, err := s.bucket(s.tokenParts(target.APIURL)...)
	if err != nil {
		return err
	}
	value, err := s.token(on)
	if err != nil {
		return err
	}
	// Nobody else sends this text, so that the object is known to be ours.
	mark := "ingestctl verify " + generateToken()
	result, err := c.follow(s, on, bucket, value, mark)
	if err != nil {
		return err
	}
	if err := s.print(result, func(w *screen) { result.write(w) }); err != nil {
		return err
	}
	switch result.Failed {
	case "accepted":
		s.advise(on, result.answer)
		return errRefused
	case "stored":
		return errNotStored
	case "intact":
		return errAltered
	}
	return nil
}

// follow sends the marked payload and looks for it, a step at a time.
func (c *verifyCommand) follow(s *session, on target.Target, bucket *aws.Bucket, token, mark string) (verification, error) {
	sent := time.Now()
	timestream := sent.Unix()
	payload, err := payloads.Of(payloads.Email{Subject: mark, Sender: "ingestctl", Timestream: timestream, Content: "Sent by ingestctl verify."})
	if err != nil {
		return verification{}, err
	}
	body, err := payload.Body(token)
	if err != nil {
		return verification{}, err
	}
	client := apiclient.New(on.Get(target.APIURL), c.Attempts, 1)
	defer client.Close()
	answer := client.Send(s.ctx, body)
	result := verification{MessageID: answer.MessageID, Accepted: time.Since(sent), answer: answer}
	if !answer.Accepted() {
		result.Failed, result.Detail = "accepted", answer.String()
		return result, nil
	}
	result.Key = message.ObjectKey(on.Get(target.PayloadVersion), on.Get(target.Environment),
		message.Message{ReceivedAt: answer.ReceivedAt, Timestream: strconv.FormatInt(timestream, 10)}, answer.MessageID, answer.ReceivedAt)
	content, err := c.await(s, bucket, result.Key)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		result.Failed = "stored"
		result.Detail = fmt.Sprintf("not within %s: is the worker running, and is --environment %s and --payload-version %s what it is set to? It may be waiting in the queue (%s) or have failed (%s)",
			c.Timeout, on.Get(target.Environment), on.Get(target.PayloadVersion), s.again("status"), s.again("dlq ls"))
		return result, nil
	case err != nil:
		return result, aws.Explain(err, on)
	}
	result.Stored = time.Since(sent)
	if !bytes.Contains(content, []byte(mark)) {
		result.Failed, result.Detail = "intact", "the object holds something else than what was sent"
	}
	return result, nil
}

// pollEvery is how often the bucket is asked.
const pollEvery = 100 * time.Millisecond

// await reads the object once it is there.
func (c *verifyCommand) await(s *session, bucket *aws.Bucket, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		content, err := bucket.Get(ctx, key)
		switch {
		case s.ctx.Err() != nil:
			return nil, errInterrupted
		case ctx.Err() != nil:
			return nil, context.DeadlineExceeded
		case !errors.Is(err, aws.ErrNotFound):
			return content, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

func (v verification) write(w io.Writer) {
	step := func(name string, at time.Duration, detail string) {
		if v.Failed == name {
			_, _ = fmt.Fprintf(w, "%-9s FAILED   %s\n", name, v.Detail)
			return
		}
		_, _ = fmt.Fprintf(w, "%-9s %6d ms  %s\n", name, at.Milliseconds(), detail)
	}
	step("accepted", v.Accepted, v.MessageID)
	if v.Failed == "accepted" {
		return
	}
	step("stored", v.Stored, v.Key)
	if v.Failed != "stored" {
		step("intact", v.Stored, "it holds what was sent")
	}
}
