package cli

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/message"
)

type sendCommand struct {
	File string `arg:"" optional:"" help:"A JSON file with one payload, or - for stdin; without it and with nothing piped into stdin, the flags make one."`

	// Fields has a flag for each field of a payload.
	Fields kong.Plugins `embed:""`

	IdempotencyKey *string `help:"The payload is stored once for all that are sent with this key: 1 to 255 visible ASCII characters." placeholder:"KEY"`
	Attempts       int     `help:"How often the payload is sent in all while the API has trouble." default:"5"`
}

// Validate is called by kong.
func (c *sendCommand) Validate() error {
	if _, flag := c.fields(); flag != "" && c.File != "" {
		return fmt.Errorf("%s and %s exclude each other", c.File, flag)
	}
	if err := validIdempotencyKey(c.IdempotencyKey); err != nil {
		return err
	}
	return validAttempts(c.Attempts)
}

// fieldFlags makes a struct with a flag for each field that a payload is declared
// to have; the flags' values are pointers to strings, nil where a flag is not given.
func fieldFlags() any {
	declared := message.Declared()
	flags := make([]reflect.StructField, len(declared))
	for i, field := range declared {
		otherwise := strconv.Quote(field.Example)
		if field.Integer {
			otherwise = "the current time"
		}
		flags[i] = reflect.StructField{
			Name: "Field" + strconv.Itoa(i), Type: reflect.TypeFor[*string](),
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q help:%q`, flagName(field), field.Name+"; by default "+otherwise+".")),
		}
	}
	return reflect.New(reflect.StructOf(flags)).Interface()
}

func flagName(field message.Field) string { return strings.TrimPrefix(field.Name, "email_") }

// validIdempotencyKey checks --idempotency-key, which may be left out.
func validIdempotencyKey(key *string) error {
	if key != nil && !message.ValidIdempotencyKey(*key) {
		return fmt.Errorf("--idempotency-key is %q; allowed are 1 to %d visible ASCII characters", *key, message.MaxIdempotencyKey)
	}
	return nil
}

// fields is the payload that the flags make, and the name of a flag that is given.
func (c *sendCommand) fields() (fields message.Fields, given string) {
	fields = message.Example()
	for i, field := range message.Declared() {
		if field.Integer {
			fields.Set(i, strconv.FormatInt(time.Now().Unix(), 10))
		}
		if flag := reflect.ValueOf(c.Fields[0]).Elem().Field(i); !flag.IsNil() {
			fields.Set(i, flag.Elem().String())
			given = "--" + flagName(field)
		}
	}
	return fields, given
}

// sent is an answer as JSON shows it.
type sent struct {
	apiclient.Answer
	Latency seconds `json:"latency_seconds"`
}

// Run implements the command.
func (c *sendCommand) Run(s *session) error {
	payload, err := unlessInterrupted(s.ctx, func() (payloads.Payload, error) { return c.payload(s) })
	if err != nil {
		return err
	}
	on, err := s.target(s.tokenParts(target.APIURL)...)
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
	client := apiclient.New(on.Get(target.APIURL), c.Attempts, 1)
	defer client.Close()
	client.IdempotencyKey = valueOr(c.IdempotencyKey, "")
	answer := client.Send(s.ctx, body)
	err = s.print(sent{answer, seconds(answer.Latency)}, func(w *screen) {
		if answer.Accepted() {
			_, _ = fmt.Fprintf(w, "accepted as %s in %s\n", answer.MessageID, answer.Latency.Round(time.Millisecond))
			return
		}
		_, _ = fmt.Fprintf(w, "not accepted: %s (attempts: %d)\n", answer, answer.Attempts)
	})
	if err != nil {
		return err
	}
	if !answer.Accepted() {
		s.advise(on, answer)
		return errRefused
	}
	return nil
}

// advise says what to do about an answer, where there is something.
func (s *session) advise(on target.Target, answer apiclient.Answer) {
	given, _ := givenToken()
	switch {
	case answer.Status == 0 && on.Local:
		s.note("next: nothing answers on %s: start the pipeline with `make run`, or name a stack with --stack", on.Get(target.APIURL))
	case answer.Status == 0:
		s.note("next: nothing answers on %s: %s shows whether tasks of the api run", on.Get(target.APIURL), s.again("status"))
	case answer.Status == http.StatusForbidden && given != "":
		s.note("next: the token is that of the variable %s: without it, it is read from SSM", given)
	case answer.Status == http.StatusForbidden:
		s.note("next: the API may not have learnt of a new token yet (its TOKEN_TTL, a minute by default): %s", s.again("token check"))
	}
}

// input reports whether the payload is read instead of made: from a file, or from
// what is piped into stdin where no flag makes one.
func (c *sendCommand) input(s *session) (name string, input io.ReadCloser, err error) {
	if c.File != "" {
		return open(s, c.File)
	}
	if _, flag := c.fields(); flag != "" || terminal(s.stdin) {
		return "", nil, nil
	}
	buffered := bufio.NewReader(s.stdin)
	if _, err := buffered.Peek(1); err != nil {
		return "", nil, nil //nolint:nilerr // an empty stdin gives no payload
	}
	return "stdin", io.NopCloser(buffered), nil
}

func (c *sendCommand) payload(s *session) (payloads.Payload, error) {
	name, input, err := c.input(s)
	if err != nil {
		return payloads.Payload{}, err
	}
	if input == nil {
		fields, _ := c.fields()
		return payloads.Of(fields)
	}
	defer func() { _ = input.Close() }()
	var first *payloads.Payload
	for payload, err := range payloads.NewReader(name, input).All() {
		if err != nil {
			return payloads.Payload{}, err
		}
		if first != nil {
			return payloads.Payload{}, fmt.Errorf("%s holds more than one payload: send them with ingestctl bulk", name)
		}
		first = &payload
	}
	if first == nil {
		return payloads.Payload{}, fmt.Errorf("there is no payload in %s", name)
	}
	return *first, nil
}
