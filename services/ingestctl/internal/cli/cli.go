// Package cli is ingestctl's commands.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/completion"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// Exit statuses of ingestctl.
const (
	ExitOK    = 0
	ExitError = 1
	// ExitUsage answers wrong flags or arguments.
	ExitUsage = 2
	// ExitRefused says that the API did not take every payload.
	ExitRefused = 3
	// ExitNotStored says that verify's payload was accepted and did not arrive.
	ExitNotStored = 4
	// ExitAltered says that verify's object holds something else.
	ExitAltered = 5
	// ExitUnhealthy says that a part of the deployment is not healthy.
	ExitUnhealthy = 6
	// ExitNotRefused says that the API did not refuse a request without the token.
	ExitNotRefused = 7
	// ExitInterrupted says that Ctrl-C ended the work early.
	ExitInterrupted = 130
)

// These end a command that has said why itself, each with its own exit status.
var (
	errRefused     = errors.New("not every payload was accepted")
	errNotStored   = errors.New("the payload was not stored")
	errAltered     = errors.New("the object is not what was sent")
	errInterrupted = errors.New("interrupted")
	errNotRefused  = errors.New("the API did not refuse a request without the token")
)

// statuses are the exit statuses of those.
var statuses = map[error]int{
	errRefused: ExitRefused, errNotStored: ExitNotStored, errAltered: ExitAltered, errInterrupted: ExitInterrupted, errUnhealthy: ExitUnhealthy, errNotRefused: ExitNotRefused,
}

// localToken is what `make run` sets; services/local holds the other side.
const localToken = "local-dev-token" //nolint:gosec // G101: it is accepted by the local pipeline only

// commands are the flags of all commands, and the commands.
type commands struct {
	Version kong.VersionFlag `help:"Print the version and exit." group:"output"`

	Stack     string `help:"The environment to work on, as in prod; without it, what 'make run' started." env:"INGEST_STACK" group:"connection"`
	Workspace string `help:"The checkout that holds the Pulumi projects; by default the one around the working directory." type:"path" env:"INGEST_WORKSPACE" group:"connection"`
	Output    string `short:"o" enum:"table,json" default:"table" help:"How results are printed: table or json." group:"output"`
	JSON      bool   `name:"json" help:"The same as -o json." group:"output"`
	Debug     bool   `help:"Print the whole text of an error of AWS, too." group:"output"`

	APIURL         string `name:"api-url" help:"The API's address, with or without /ingest." env:"API_URL" group:"connection"`
	WorkerURL      string `name:"worker-url" help:"The address of the worker's health." env:"INGEST_WORKER_URL" group:"connection"`
	Region         string `help:"The AWS region." env:"INGEST_REGION" group:"connection"`
	Endpoint       string `help:"The address of an emulator in place of AWS." env:"INGEST_ENDPOINT" group:"connection"`
	QueueURL       string `name:"queue-url" help:"The queue's URL." env:"INGEST_QUEUE_URL" group:"connection"`
	DLQURL         string `name:"dlq-url" help:"The dead-letter queue's URL." env:"INGEST_DLQ_URL" group:"connection"`
	Bucket         string `help:"The payload bucket." env:"INGEST_BUCKET" group:"connection"`
	TokenParameter string `help:"The SSM parameter that holds the token." env:"INGEST_TOKEN_PARAMETER" group:"connection"`
	Environment    string `help:"The environment's part of an object's key." env:"INGEST_ENVIRONMENT" group:"connection"`
	PayloadVersion string `help:"The version's part of an object's key." env:"INGEST_PAYLOAD_VERSION" group:"connection"`

	Send sendCommand `cmd:"" help:"Send one payload."`
	Bulk bulkCommand `cmd:"" help:"Send many payloads, from a file, stdin or a generator."`

	Token   tokenCommand   `cmd:"" help:"Set, check or rotate the token."`
	Verify  verifyCommand  `cmd:"" help:"Send one marked payload and follow it into the bucket."`
	Objects objectsCommand `cmd:"" help:"What was stored, by day."`
	Status  statusCommand  `cmd:"" help:"Queues, tasks, rollouts and recent errors on one screen."`
	Rollout rolloutCommand `cmd:"" help:"Wait until ECS runs what the stack deployed; fail with the reason where it does not."`
	Logs    logsCommand    `cmd:"" help:"Read the logs of a service in CloudWatch."`
	DLQ     dlqCommand     `name:"dlq" cmd:"" help:"The dead-letter queue: list, show, redrive, drop."`

	Cost costCommand `cmd:"" help:"What a deployment costs a month: the stack's, or one that the flags describe."`

	Help        helpCommand    `cmd:"" help:"Show the help of ingestctl, or of a command."`
	VersionLine versionCommand `name:"version" cmd:"" help:"Print the version."`

	Completion completionCommand `cmd:"" help:"Print what makes a shell complete ingestctl's command lines."`
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
	parser, err := newParser(flags, stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ingestctl: %v\n", err)
		return ExitError
	}
	if len(args) > 0 && args[0] == completion.Command {
		for _, candidate := range completion.Candidates(parser.Model, args[1:]) {
			_, _ = fmt.Fprintln(stdout, candidate)
		}
		return ExitOK
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == "help" {
		// The command after help may be of any depth; its arguments are not needed.
		args = append(args[1:len(args):len(args)], "--help")
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "ingestctl: %v (see ingestctl --help)\n", err)
		return ExitUsage
	}
	s := &session{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, flags: flags}
	err = parsed.Run(s)
	status = statusOf(err, stderr)
	s.debug(err)
	if err != nil && ctx.Err() != nil {
		status = ExitInterrupted
	}
	return status
}

// newParser makes a parser of command lines, which puts what it reads into flags.
func newParser(flags *commands, stdout, stderr io.Writer) (*kong.Kong, error) {
	flags.Send.Fields = kong.Plugins{fieldFlags()}
	parser, err := kong.New(flags,
		kong.Name("ingestctl"),
		kong.Description("Operates an ingest deployment: the one that 'make run' started, or with --stack one that Pulumi made. The token is read from TOKEN or from SSM, never from a flag."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.ExplicitGroups([]kong.Group{{
			Key: "output", Title: "Output:",
		}, {
			Key: "connection", Title: "Connection:", Description: "What to work on: the pipeline of 'make run', a stack, or what these flags give instead.",
		}}),
		kong.Vars{"version": service.VersionLine("ingestctl")},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	if err != nil {
		return nil, fmt.Errorf("declaring the commands: %w", err)
	}
	showExamples(parser.Model)
	return parser, nil
}

func statusOf(err error, stderr io.Writer) int {
	if err == nil {
		return ExitOK
	}
	for known, status := range statuses {
		if errors.Is(err, known) {
			return status
		}
	}
	_, _ = fmt.Fprintf(stderr, "ingestctl: %v\n", err)
	return ExitError
}

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

// print writes a result for a person, or as JSON.
func (s *session) print(result any, person func(*screen)) error {
	if !s.json() {
		person(newScreen(s.stdout))
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
