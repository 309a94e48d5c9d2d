package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/token"
)

type tokenCommand struct {
	Set    tokenSetCommand    `cmd:"" help:"Set the token, read from stdin, or from a terminal without echo."`
	Check  tokenCheckCommand  `cmd:"" help:"Say if the token is still the placeholder, and how old it is; never what it is."`
	Rotate tokenRotateCommand `cmd:"" help:"Set a new token, then wait until the API accepts it."`

	RevokePrevious tokenRevokeCommand `cmd:"" help:"End the overlap of the last rotation: the API refuses the old token."`
}

// newValue are the flags of a new token.
type newValue struct {
	Generate bool `help:"Make a random token of 256 bits instead of reading one."`
	Print    bool `help:"Print the generated token on stdout, the only time that it is shown."`
}

// Validate is called by kong.
func (n newValue) Validate() error {
	if n.Print && !n.Generate {
		return errors.New("--print goes with --generate: a token that you give is not shown")
	}
	return nil
}

func (n newValue) value(s *session) (string, error) {
	if n.Generate {
		return generateToken(), nil
	}
	return readToken(s.ctx, s.stdin, s.stderr)
}

// tokenState is what may be known of a token.
type tokenState struct {
	Parameter   string    `json:"parameter"`
	Placeholder bool      `json:"placeholder"`
	Version     int64     `json:"version"`
	Since       time.Time `json:"since,omitzero"`
	Age         seconds   `json:"age_seconds,omitempty"`
	// PreviousUntil is when the overlap of a rotation ends.
	PreviousUntil time.Time `json:"previous_until,omitzero"`
	// Token is set on request alone, for a token that was generated.
	Token string `json:"token,omitempty"`
}

type tokenSetCommand struct{ newValue }

// Run implements the command.
func (c *tokenSetCommand) Run(s *session) error {
	on, parameter, err := s.tokenTarget()
	if err != nil {
		return err
	}
	state, _, err := c.set(s, on, parameter, 0)
	if err != nil {
		return err
	}
	return s.print(state, func(w *screen) {
		c.show(w, state)
		_, _ = fmt.Fprintf(w, "the API takes it within its TOKEN_TTL, a minute by default\n")
	})
}

// set writes a new token and returns it with what may be shown of it. The one before
// it stays valid for overlap.
func (n newValue) set(s *session, on target.Target, parameter *aws.Parameter, overlap time.Duration) (tokenState, string, error) {
	value, err := n.value(s)
	if err != nil {
		return tokenState{}, "", err
	}
	number, err := parameter.Write(s.ctx, value, overlap > 0)
	if err != nil {
		return tokenState{}, "", aws.Explain(err, on)
	}
	state := tokenState{Parameter: on.Get(target.TokenParameter), Version: number}
	if n.Print {
		state.Token = value
	}
	if overlap > 0 {
		state.PreviousUntil = time.Now().Add(overlap).UTC().Truncate(time.Second)
	}
	return state, value, nil
}

func (n newValue) show(w io.Writer, state tokenState) {
	if state.Token != "" {
		_, _ = fmt.Fprintln(w, state.Token)
	}
	_, _ = fmt.Fprintf(w, "%s is set (version %d)\n", state.Parameter, state.Version)
}

type tokenCheckCommand struct{}

// Run implements the command.
func (c *tokenCheckCommand) Run(s *session) error {
	on, parameter, err := s.tokenTarget()
	if err != nil {
		return err
	}
	version, err := parameter.Read(s.ctx)
	if err != nil {
		return aws.Explain(err, on)
	}
	state := tokenState{
		Parameter: on.Get(target.TokenParameter), Placeholder: version.Value == token.Placeholder,
		Version: version.Number, Since: version.Since, Age: seconds(time.Since(version.Since).Round(time.Second)),
	}
	err = s.print(state, func(w *screen) {
		_, _ = fmt.Fprintf(w, "%s: version %d, set %s ago (%s)\n",
			state.Parameter, state.Version, time.Duration(state.Age), state.Since.UTC().Format(time.RFC3339))
	})
	if err == nil && state.Placeholder {
		err = s.placeholder()
	}
	return err
}

type tokenRotateCommand struct {
	newValue
	Timeout time.Duration `help:"How long to wait for the API to accept it." default:"3m"`
	Overlap time.Duration `help:"How long clients need the old token: the API accepts it for its TOKEN_OVERLAP, which has to be at least this long. Without it, the old token is refused as soon as the API knows the new one."`
}

// maxOverlap is the most that the API's TOKEN_OVERLAP can be.
const maxOverlap = 720 * time.Hour

// Validate is called by kong.
func (c tokenRotateCommand) Validate() error {
	if c.Overlap < 0 || c.Overlap > maxOverlap {
		return fmt.Errorf("--overlap is %s; allowed is 0s to %s", c.Overlap, maxOverlap)
	}
	return c.newValue.Validate()
}

// Run implements the command.
func (c *tokenRotateCommand) Run(s *session) error {
	on, parameter, err := s.tokenTarget(target.APIURL)
	if err != nil {
		return err
	}
	state, value, err := c.set(s, on, parameter, c.Overlap)
	if err != nil {
		return err
	}
	// The token is printed before the wait, which may fail: it is set by now, and
	// nothing else knows it.
	if err := s.print(state, func(w *screen) { c.show(w, state) }); err != nil {
		return err
	}
	if c.Overlap > 0 {
		s.note("clients may use the old token until %s, where the API's TOKEN_OVERLAP is %s or more; %s ends that at once",
			state.PreviousUntil.Format(time.RFC3339), c.Overlap, s.again("token revoke-previous"))
	}
	started := time.Now()
	if err := s.awaitToken(on, value, c.Timeout); err != nil {
		return err
	}
	s.note("the API accepts it, %s later", time.Since(started).Round(time.Second))
	return nil
}

// tokenTarget is the token's parameter of a target with the other parts that a
// command reads.
func (s *session) tokenTarget(parts ...target.Part) (target.Target, *aws.Parameter, error) {
	on, err := s.target(append(parts, target.TokenParameter, target.KMSKey, target.Region)...)
	if err != nil {
		return on, nil, err
	}
	parameter, err := s.parameter(on)
	return on, parameter, err
}

const (
	// probeEvery is how often the API is asked whether it knows a token.
	probeEvery = time.Second
	// probesInARow have to succeed: behind a load balancer each may reach another
	// task, and every task learns of a token by itself.
	probesInARow = 5
)

// awaitToken waits until the API accepts a token, without sending it anything to
// store: a payload whose timestamp is not valid is refused only after its token was
// found right.
func (s *session) awaitToken(on target.Target, value string, timeout time.Duration) error {
	s.warnPlain(on)
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	var last apiclient.Answer
	for accepted := 0; accepted < probesInARow; {
		var err error
		if last, err = apiclient.Probe(ctx, on.Get(target.APIURL), value, 1); err != nil {
			return err
		}
		if last.KnowsToken() {
			accepted++
			continue
		}
		accepted = 0
		s.note("waiting for the API to learn of it: %s", last)
		if backoff.Sleep(ctx, probeEvery) {
			continue
		}
		if s.ctx.Err() != nil {
			return errInterrupted
		}
		return fmt.Errorf("the token is set, but the API has not accepted it within %s (%s): is its TOKEN_TTL longer, and does it read %s?", timeout, last, on.Get(target.TokenParameter))
	}
	return nil
}
