package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/message"
)

type verifyCommand struct {
	APIOnly  bool          `name:"api-only" help:"Ask the API alone: no right in AWS is needed. A payload is sent only with INGEST_TOKEN or TOKEN set."`
	Timeout  time.Duration `help:"How long to wait for the API's health, and then for the object." default:"1m"`
	Attempts int           `help:"How often a request is sent in all while the API has trouble." default:"5"`
}

// Validate is called by kong.
func (c *verifyCommand) Validate() error { return validAttempts(c.Attempts) }

// Steps of a verification.
const (
	stepHealthy  = "healthy"
	stepRefused  = "refused"
	stepAccepted = "accepted"
	stepStored   = "stored"
	stepIntact   = "intact"
)

// verification is how far a payload came, and how long each step took.
type verification struct {
	URL       string  `json:"url"`
	MessageID string  `json:"message_id,omitempty"`
	Key       string  `json:"key,omitempty"`
	Healthy   seconds `json:"healthy_seconds"`
	Refused   seconds `json:"refused_seconds,omitempty"`
	Accepted  seconds `json:"accepted_seconds,omitempty"`
	Stored    seconds `json:"stored_seconds,omitempty"`
	// Failed names the step that failed.
	Failed string `json:"failed,omitempty"`
	Detail string `json:"detail,omitempty"`
	// LeftOut says why no payload was sent.
	LeftOut string `json:"left_out,omitempty"`

	answer apiclient.Answer
}

// verifyStatuses are the errors that the steps end with.
var verifyStatuses = map[string]error{
	stepHealthy: errUnhealthy, stepRefused: errNotRefused, stepAccepted: errRefused, stepStored: errNotStored, stepIntact: errAltered,
}

// Run implements the command.
func (c *verifyCommand) Run(s *session) error {
	parts := []target.Part{target.APIURL}
	if !c.APIOnly {
		parts = append(s.tokenParts(parts...), target.Bucket, target.Region, target.Environment, target.PayloadVersion)
	}
	on, err := s.target(parts...)
	if err != nil {
		return err
	}
	result := &verification{URL: on.Get(target.APIURL)}
	if err := c.verify(s, on, result); err != nil {
		return err
	}
	if err := s.print(result, func(w *screen) { result.write(w) }); err != nil {
		return err
	}
	if result.Failed == stepAccepted || result.Failed == stepHealthy {
		s.advise(on, result.answer)
	}
	return verifyStatuses[result.Failed]
}

// verify takes a step after the other until one fails.
func (c *verifyCommand) verify(s *session, on target.Target, result *verification) error {
	if err := c.awaitHealth(s, on, result); err != nil || result.Failed != "" {
		return err
	}
	if err := c.refusals(s, on, result); err != nil || result.Failed != "" {
		return err
	}
	if _, given := givenToken(); c.APIOnly && given == "" {
		result.LeftOut = "neither INGEST_TOKEN nor TOKEN is set"
		return nil
	}
	token, err := s.token(on)
	if err != nil {
		return err
	}
	return c.follow(s, on, token, result)
}

// healthEvery is how often an API that is not healthy is asked again.
const healthEvery = time.Second

// awaitHealth waits until the API is healthy.
func (c *verifyCommand) awaitHealth(s *session, on target.Target, result *verification) error {
	started := time.Now()
	ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
	defer cancel()
	var last error
	for {
		err := apiclient.Health(ctx, on.Get(target.APIURL))
		if err == nil {
			result.Healthy = seconds(time.Since(started))
			return nil
		}
		if last == nil {
			s.note("waiting for the API: %v", err)
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		if backoff.Sleep(ctx, healthEvery) {
			continue
		}
		if s.ctx.Err() != nil {
			return errInterrupted
		}
		result.Failed, result.Detail = stepHealthy, fmt.Sprintf("not within %s: %v", c.Timeout, last)
		result.answer = apiclient.Answer{Detail: last.Error()}
		return nil
	}
}

// refusals checks that the API refuses a request without a token and one with a
// wrong token. Neither could be queued: its timestamp is not valid.
func (c *verifyCommand) refusals(s *session, on target.Target, result *verification) error {
	started := time.Now()
	for _, probe := range []struct {
		name, token string
		want        int
	}{
		{"no token", "", http.StatusUnauthorized},
		{"a wrong token", "wrong-" + generateToken(), http.StatusForbidden},
	} {
		answer, err := apiclient.Probe(s.ctx, on.Get(target.APIURL), probe.token, c.Attempts)
		switch {
		case err != nil:
			return err
		case s.ctx.Err() != nil:
			return errInterrupted
		}
		if answer.Status != probe.want {
			result.Failed = stepRefused
			if answer.Temporary() { // which says nothing about the token
				result.Failed, result.answer = stepHealthy, answer
			}
			result.Detail = fmt.Sprintf("a request with %s has to be answered %d; the answer is %s", probe.name, probe.want, answer)
			return nil
		}
	}
	result.Refused = seconds(time.Since(started))
	return nil
}

// follow sends a marked payload and looks for it, a step at a time.
func (c *verifyCommand) follow(s *session, on target.Target, token string, result *verification) error {
	// Nothing else sends this text, so that the object is known to be this one.
	mark := "ingestctl verify " + generateToken()
	sent := time.Now()
	fields := message.Example()
	fields.Subject, fields.Timestream = mark, strconv.FormatInt(sent.Unix(), 10)
	payload, err := payloads.Of(fields)
	if err != nil {
		return err
	}
	body, err := payload.Body(token)
	if err != nil {
		return err
	}
	client := apiclient.New(on.Get(target.APIURL), c.Attempts, 1)
	defer client.Close()
	result.answer = client.Send(s.ctx, body)
	if !result.answer.Accepted() {
		result.Failed, result.Detail = stepAccepted, result.answer.String()
		return nil
	}
	result.MessageID, result.Accepted = result.answer.MessageID, seconds(time.Since(sent))
	if c.APIOnly {
		return nil
	}
	config, err := aws.Config(s.ctx, on)
	if err != nil {
		return err
	}
	result.Key = message.ObjectKey(on.Get(target.PayloadVersion), on.Get(target.Environment),
		message.Message{ReceivedAt: result.answer.ReceivedAt, Timestream: fields.Timestream}, result.MessageID, result.answer.ReceivedAt)
	content, err := c.await(s, aws.NewBucket(config, on.Get(target.Bucket)), result.Key)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		result.Failed = stepStored
		result.Detail = fmt.Sprintf("not within %s: is the worker running, and is --environment %s and --payload-version %s what it is set to? It may be waiting in the queue (%s) or have failed (%s)",
			c.Timeout, on.Get(target.Environment), on.Get(target.PayloadVersion), s.again("status"), s.again("dlq ls"))
		return nil
	case err != nil:
		return aws.Explain(err, on)
	}
	result.Stored = seconds(time.Since(sent))
	if !bytes.Contains(content, []byte(mark)) {
		result.Failed, result.Detail = stepIntact, "the object holds something else than what was sent"
	}
	return nil
}

// pollEvery is how often the bucket is asked.
const pollEvery = 100 * time.Millisecond

// await reads the object once it is there.
func (c *verifyCommand) await(s *session, bucket *aws.Bucket, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
	defer cancel()
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
		backoff.Sleep(ctx, pollEvery)
	}
}

func (v *verification) write(w io.Writer) {
	for _, step := range []struct {
		name   string
		at     seconds
		detail string
	}{
		{stepHealthy, v.Healthy, v.URL},
		{stepRefused, v.Refused, "requests without a token and with a wrong one"},
		{stepAccepted, v.Accepted, v.MessageID},
		{stepStored, v.Stored, v.Key},
		{stepIntact, v.Stored, "it holds what was sent"},
	} {
		switch {
		case v.Failed == step.name:
			_, _ = fmt.Fprintf(w, "%-9s FAILED   %s\n", step.name, v.Detail)
			return
		case step.name == stepAccepted && v.LeftOut != "":
			_, _ = fmt.Fprintf(w, "%-9s left out: %s\n", step.name, v.LeftOut)
			return
		case step.detail == "" || step.name == stepIntact && v.Key == "":
			return
		}
		_, _ = fmt.Fprintf(w, "%-9s %6d ms  %s\n", step.name, time.Duration(step.at).Milliseconds(), step.detail)
	}
}
