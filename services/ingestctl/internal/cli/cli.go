// Package cli is ingestctl's commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/completion"
	"github.com/ingest-iac/ingest/services/internal/service"
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

// reported ends a command that has printed why itself, with an exit status.
type reported struct {
	status int
	text   string
}

func (r *reported) Error() string { return r.text }

var (
	errRefused     = &reported{ExitRefused, "not every payload was accepted"}
	errNotStored   = &reported{ExitNotStored, "the payload was not stored"}
	errAltered     = &reported{ExitAltered, "the object is not what was sent"}
	errUnhealthy   = &reported{ExitUnhealthy, "the deployment is not healthy"}
	errNotRefused  = &reported{ExitNotRefused, "the API did not refuse a request without the token"}
	errInterrupted = &reported{ExitInterrupted, "interrupted"}
)

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
	var known *reported
	if errors.As(err, &known) {
		return known.status
	}
	_, _ = fmt.Fprintf(stderr, "ingestctl: %v\n", err)
	return ExitError
}
