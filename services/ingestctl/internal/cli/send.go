package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
)

type sendCommand struct {
	File       string `arg:"" optional:"" help:"A JSON file with one payload, or - for stdin; without it, the flags make one."`
	Subject    string `help:"email_subject." default:"Hello"`
	Sender     string `help:"email_sender." default:"ingestctl"`
	Timestream string `help:"email_timestream; the present by default."`
	Content    string `help:"email_content." default:"Sent by ingestctl."`
	Attempts   int    `help:"How often the payload is sent in all while the API has trouble." default:"5"`
}

// Run implements the command.
func (c *sendCommand) Run(s *session) error {
	payload, err := c.payload(s)
	if err != nil {
		return err
	}
	on, err := s.target()
	if err != nil {
		return err
	}
	token, err := s.token(on)
	if err != nil {
		return err
	}
	body, err := payload.Body(token)
	if err != nil {
		return err
	}
	client := apiclient.New(on.APIURL, c.Attempts, 1)
	defer client.Close()
	answer := client.Send(s.ctx, body)
	err = s.print(answer, func(w io.Writer) {
		if answer.Accepted() {
			_, _ = fmt.Fprintf(w, "accepted as %s in %s\n", answer.MessageID, answer.Latency.Round(time.Millisecond))
			return
		}
		_, _ = fmt.Fprintf(w, "not accepted: %d %s (attempts: %d)\n", answer.Status, answer.Detail, answer.Attempts)
	})
	if err != nil {
		return err
	}
	if !answer.Accepted() {
		return errRefused
	}
	return nil
}

func (c *sendCommand) payload(s *session) (payloads.Payload, error) {
	if c.File == "" {
		var timestream any = time.Now().Unix()
		if c.Timestream != "" {
			timestream = c.Timestream
		}
		return payloads.Of(payloads.Email{
			Subject: c.Subject, Sender: c.Sender, Timestream: timestream, Content: c.Content,
		})
	}
	input, err := open(s, c.File)
	if err != nil {
		return payloads.Payload{}, err
	}
	defer func() { _ = input.Close() }()
	var first *payloads.Payload
	for payload, err := range payloads.Read(input) {
		if err != nil {
			return payloads.Payload{}, err
		}
		if first != nil {
			return payloads.Payload{}, fmt.Errorf("%s holds more than one payload: send them with ingestctl bulk", c.File)
		}
		first = &payload
	}
	if first == nil {
		return payloads.Payload{}, errors.New("there is no payload in the input")
	}
	return *first, nil
}
