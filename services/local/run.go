package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
)

const program = "local"

type commands struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Run struct {
		OnlyAWS bool `name:"only-aws" help:"Run the fake AWS alone, on every address, with what api and worker need in it."`
	} `cmd:"" default:"withargs" help:"Run the pipeline (default). Its settings are environment variables: API_PORT, AWS_PORT, WORKER_HEALTH_PORT, DATA_DIR, BOOTSTRAP_TOKEN."`

	Healthcheck struct{} `cmd:"" help:"Ask the fake AWS on this machine, at AWS_PORT, for its health; exit status 0 when it is healthy."`
}

// exit is how kong's --help and --version leave the parser.
type exit int

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var chosen commands
	command, status, done := parse(&chosen, args, stdout, stderr)
	if done {
		return status
	}
	environ, err := settings.Environ()
	if err == nil {
		err = dispatch(ctx, command, chosen.Run.OnlyAWS, environ, stdout)
	}
	return service.Status(program, err, stderr)
}

func dispatch(ctx context.Context, command string, onlyAWS bool, environ map[string]string, stdout io.Writer) error {
	loaded, err := settings.Read[Settings](environ)
	if err != nil {
		return err
	}
	switch {
	case command == "healthcheck":
		return service.AskHealth(ctx, service.HealthURL(loaded.AWSPort))
	case onlyAWS:
		return runAWS(ctx, loaded, stdout)
	default:
		return runPipeline(ctx, loaded, stdout)
	}
}

func parse(into *commands, args []string, stdout, stderr io.Writer) (command string, status int, done bool) {
	defer func() {
		if recovered := recover(); recovered != nil {
			code, ok := recovered.(exit)
			if !ok {
				panic(recovered)
			}
			status, done = int(code), true
		}
	}()
	parser := kong.Must(into,
		kong.Name(program),
		kong.Description("The whole pipeline on this machine: api, worker and a fake AWS."),
		kong.Vars{"version": service.VersionLine(program)},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", program, err, program)
		return "", service.ExitUsage, true
	}
	return parsed.Command(), service.ExitOK, false
}
