package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// session is what a command works with.
type session struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          *commands
}

// localToken is what `make run` sets; services/local holds the other side.
const localToken = "local-dev-token" //nolint:gosec // G101: it is accepted by the local pipeline only

// target finds the parts of a target that a command reads.
func (s *session) target(needs ...target.Part) (target.Target, error) {
	f := s.flags
	return target.Resolve(s.ctx, target.CLI{Workspace: f.Workspace}, f.Stack, target.Overrides{
		Endpoint: f.Endpoint,
		Values: map[target.Part]string{
			target.APIURL: f.APIURL, target.WorkerURL: f.WorkerURL, target.Region: f.Region, target.QueueURL: f.QueueURL,
			target.DLQURL: f.DLQURL, target.Bucket: f.Bucket, target.TokenParameter: f.TokenParameter,
			target.Environment: f.Environment, target.PayloadVersion: f.PayloadVersion,
		},
	}, needs...)
}

// connect is target with the SDK's configuration.
func (s *session) connect(needs ...target.Part) (target.Target, aws.Configuration, error) {
	on, err := s.target(needs...)
	if err != nil {
		return on, aws.Configuration{}, err
	}
	config, err := aws.Config(s.ctx, on)
	return on, config, err
}

// givenToken is the token that the environment gives, with the variable's name.
func givenToken() (name, value string) {
	for _, name := range []string{"TOKEN", "INGEST_TOKEN"} {
		if value := os.Getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

// tokenParts adds to the parts that a command reads those that its token needs.
func (s *session) tokenParts(parts ...target.Part) []target.Part {
	if _, given := givenToken(); given != "" {
		return parts
	}
	return append(parts, target.TokenParameter, target.Region)
}

// token is the environment's, or what the target's parameter holds; it is for
// sending to the API.
func (s *session) token(on target.Target) (string, error) {
	s.warnPlain(on)
	if _, given := givenToken(); given != "" {
		return given, nil
	}
	parameter, err := s.parameter(on)
	if err != nil {
		return "", err
	}
	version, err := parameter.Read(s.ctx)
	var unreachable *net.OpError
	switch {
	case err == nil && version.Value == token.Placeholder:
		return "", s.placeholder()
	case err == nil:
		return version.Value, nil
	case on.Local && errors.As(err, &unreachable):
		// An API that was started without the fake AWS.
		return localToken, nil
	default:
		return "", aws.Explain(err, on)
	}
}

// warnPlain warns before a token is sent that others can read on its way.
func (s *session) warnPlain(on target.Target) {
	if on.Plain() {
		s.note("warning: the token is sent over plain HTTP to %s, where others can read it on the way: give the API a domain and a certificate", on.Get(target.APIURL))
	}
}

// placeholder is the error about a token that was never set.
func (s *session) placeholder() error {
	return fmt.Errorf("the token is still the placeholder, with which the API refuses every request: set one with %s", s.again("token set --generate"))
}

// parameter is where the target's token is kept.
func (s *session) parameter(on target.Target) (*aws.Parameter, error) {
	config, err := aws.Config(s.ctx, on)
	if err != nil {
		return nil, err
	}
	return aws.NewParameter(config, on.Get(target.TokenParameter), on.Get(target.KMSKey)), nil
}

// again is a command line for the same target.
func (s *session) again(command string) string {
	if s.flags.Stack == "" {
		return "ingestctl " + command
	}
	return "ingestctl --stack " + s.flags.Stack + " " + command
}

// note writes a line of progress.
func (s *session) note(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stderr, format+"\n", args...)
}

// debug writes the whole text of an error of AWS, with --debug.
func (s *session) debug(err error) {
	if raw := aws.Raw(err); raw != "" && s.flags.Debug {
		s.note("debug: %s", raw)
	}
}

// print writes a result as text, or as JSON.
func (s *session) print(result any, text func(*screen)) error {
	if !s.json() {
		text(newScreen(s.stdout))
		return nil
	}
	encoder := json.NewEncoder(s.stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// json reports whether results are printed as JSON.
func (s *session) json() bool { return s.flags.JSON || s.flags.Output == "json" }
