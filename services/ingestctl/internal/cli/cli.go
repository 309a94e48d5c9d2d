// Package cli is ingestctl's commands.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/buildinfo"
)

// Exit statuses of ingestctl.
const (
	ExitOK    = 0
	ExitError = 1
	// ExitUsage answers wrong flags or arguments.
	ExitUsage = 2
	// ExitRefused says that the API did not take every payload.
	ExitRefused = 3
	// ExitInterrupted says that Ctrl-C ended the work early.
	ExitInterrupted = 130
)

// errRefused and errInterrupted end a command that has said why itself.
var (
	errRefused     = errors.New("not every payload was accepted")
	errInterrupted = errors.New("interrupted")
)

// localToken is what `make run` sets; services/local holds the other side.
const localToken = "local-dev-token" //nolint:gosec // G101: it opens nothing but a stand-in

// commands are the flags of all commands, and the commands.
type commands struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Stack     string `help:"The environment to work on, as in prod; without it, what 'make run' started." env:"INGEST_STACK"`
	Workspace string `help:"The checkout that holds the Pulumi projects; by default the one around the working directory." type:"path"`
	APIURL    string `name:"api-url" help:"The API's address, with or without /ingest, instead of the stack's." env:"API_URL"`
	JSON      bool   `name:"json" help:"Print results as JSON."`

	Send sendCommand `cmd:"" help:"Send one payload."`
	Bulk bulkCommand `cmd:"" help:"Send many payloads, from a file, stdin or a generator."`
}

// session is what a command works with.
type session struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          *commands
}

// exit is how kong's --help and --version leave the parser.
type exit int

// Run runs ingestctl and returns its exit status.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	defer func() {
		if recovered := recover(); recovered != nil {
			code, ok := recovered.(exit)
			if !ok {
				panic(recovered)
			}
			status = int(code)
		}
	}()
	flags := &commands{}
	parser, err := kong.New(flags,
		kong.Name("ingestctl"),
		kong.Description("Sends payloads to an ingest API. The token is read from TOKEN, never from a flag."),
		kong.Vars{"version": buildinfo.Line("ingestctl")},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ingestctl: %v\n", err)
		return ExitError
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ingestctl: %v (see ingestctl --help)\n", err)
		return ExitUsage
	}
	return statusOf(parsed.Run(&session{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, flags: flags}), stderr)
}

func statusOf(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errRefused):
		return ExitRefused
	case errors.Is(err, errInterrupted):
		return ExitInterrupted
	default:
		_, _ = fmt.Fprintf(stderr, "ingestctl: %v\n", err)
		return ExitError
	}
}

// target finds what to work on.
func (s *session) target() (target.Target, error) {
	return target.Resolve(s.ctx, target.CLI{Workspace: s.flags.Workspace}, s.flags.Stack, target.Overrides{APIURL: s.flags.APIURL})
}

// token is TOKEN, or that of `make run` on a local target.
func (s *session) token(on target.Target) (string, error) {
	if given := os.Getenv("TOKEN"); given != "" {
		return given, nil
	}
	if on.Local {
		return localToken, nil
	}
	return "", fmt.Errorf("TOKEN is not set: the token of %s is in the SSM parameter %s "+
		"(TOKEN=$(aws ssm get-parameter --with-decryption --name %s --query Parameter.Value --output text))",
		on.Name, on.TokenParameter, on.TokenParameter)
}

// print writes a result for a person, or as JSON.
func (s *session) print(result any, person func(io.Writer)) error {
	if !s.flags.JSON {
		person(s.stdout)
		return nil
	}
	encoder := json.NewEncoder(s.stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}
