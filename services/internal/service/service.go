// Package service holds what the programs of the services have in common: the
// command line with --version and healthcheck, signals, exit statuses, logs, and
// the version of the build.
package service

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/internal/tracing"
)

// Exit statuses of every program.
const (
	ExitOK    = 0
	ExitError = 1
	// ExitUsage answers settings or arguments that are wrong.
	ExitUsage = 2
)

// The subcommands.
const (
	serve = "serve"
	check = "healthcheck"
)

const usage = `%s

usage: %s [serve | healthcheck | --version | --help]

  serve        run the service (default); its settings are environment variables
  healthcheck  ask the service on this machine for its health; exit status 0 when it is healthy
  --version    print the version and exit
`

// ownSettings are the settings of one program: a struct with the tags of package
// settings that embeds Settings.
type ownSettings interface{ logLevel() Level }

// Program is one long-running program.
type Program[Own ownSettings] struct {
	// Name is the program's name, as in "api".
	Name string
	// CollectPercent is what GOGC is where the environment does not set it: how much
	// the heap grows before the garbage collector runs (docs/benchmarks.md).
	// https://pkg.go.dev/runtime/debug#SetGCPercent
	CollectPercent int
	// Description is a line for --help.
	Description string
	// Serve runs the service until ctx ends, which SIGTERM and SIGINT cause.
	Serve func(ctx context.Context, s Own, o Options) error
	// MemoryLimit has the garbage collector work harder before the process takes more
	// bytes. It is below what any task has, and the same on every machine.
	// https://pkg.go.dev/runtime/debug#SetMemoryLimit
	MemoryLimit int64
	// HealthPort is the setting of the port that answers about the program's health.
	HealthPort func(Own) int
}

// Run runs the program that args ask for and returns its exit status.
func (p Program[Own]) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	command, status, done := p.parse(args, stdout, stderr)
	if done {
		return status
	}
	environ, err := settings.Environ()
	if err == nil {
		err = p.dispatch(ctx, command, environ, stdout)
	}
	return Status(p.Name, err, stderr)
}

func (p Program[Own]) dispatch(ctx context.Context, command string, environ map[string]string, stdout io.Writer) error {
	loaded, err := settings.Read[Own](environ)
	traces, wrong := settings.Read[tracing.Settings](environ)
	if err := errors.Join(err, wrong); err != nil {
		return err
	}
	if command == check {
		return AskHealth(ctx, HealthURL(p.HealthPort(loaded)))
	}
	tuneCollector(p.CollectPercent, p.MemoryLimit)
	logger := NewLogger(stdout, p.Name, loaded.logLevel())
	tracer, stop, err := tracing.Start(ctx, traces, "ingest-"+p.Name, Version(), logger)
	if err != nil {
		return err
	}
	defer stop()
	return p.Serve(ctx, loaded, Options{Logger: logger, Stdout: stdout, Tracer: tracer})
}

// parse reads the command line: a flag or one of two subcommands, which needs no
// library in every image.
func (p Program[Own]) parse(args []string, stdout, stderr io.Writer) (command string, status int, done bool) {
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	version := flags.Bool("version", false, "")
	err := flags.Parse(args)
	command = serve
	if flags.NArg() > 0 {
		command = flags.Arg(0)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintf(stdout, usage, p.Description, p.Name)
		return "", ExitOK, true
	case err == nil && *version:
		_, _ = fmt.Fprintln(stdout, VersionLine(p.Name))
		return "", ExitOK, true
	case err == nil && (flags.NArg() > 1 || (command != serve && command != check)):
		err = fmt.Errorf("unknown argument %q", flags.Arg(flags.NArg()-1))
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", p.Name, err, p.Name)
		return "", ExitUsage, true
	}
	return command, ExitOK, false
}

// Status writes err, if there is one, to stderr and returns the exit status for it.
func Status(program string, err error, stderr io.Writer) int {
	if err == nil {
		return ExitOK
	}
	_, _ = fmt.Fprintf(stderr, "%s: %v\n", program, err)
	var wrong *settings.Error
	if errors.As(err, &wrong) {
		return ExitUsage
	}
	return ExitError
}
