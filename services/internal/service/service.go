// Package service is what the services' programs have in common: a command
// line with --version and healthcheck, signals, and exit statuses.
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
  healthcheck  ask the service on this machine for its health; exit status 0 when it is well
  --version    print the version and exit
`

// Program is one long-running program.
type Program struct {
	// Name is the program's name, as in "api".
	Name string
	// Description is a line for --help.
	Description string
	// Serve runs the service with the settings in environ until ctx ends,
	// which SIGTERM and SIGINT bring about. Logs go to stdout.
	Serve func(ctx context.Context, environ map[string]string, stdout io.Writer) error
	// HealthPort reads the port of the health check from environ.
	HealthPort func(environ map[string]string) (int, error)
}

// Run runs the program that args ask for and returns its exit status.
func (s Program) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	command, status, done := s.parse(args, stdout, stderr)
	if done {
		return status
	}
	environ, err := settings.Environ()
	if err == nil {
		err = s.dispatch(ctx, command, environ, stdout)
	}
	return Status(s.Name, err, stderr)
}

func (s Program) dispatch(ctx context.Context, command string, environ map[string]string, stdout io.Writer) error {
	if command != check {
		return s.Serve(ctx, environ, stdout)
	}
	port, err := s.HealthPort(environ)
	if err != nil {
		return err
	}
	return AskHealth(ctx, HealthURL(port))
}

// parse reads the command line: a flag or one of two subcommands, too little to
// link a library into every image for.
func (s Program) parse(args []string, stdout, stderr io.Writer) (command string, status int, done bool) {
	flags := flag.NewFlagSet(s.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	version := flags.Bool("version", false, "")
	err := flags.Parse(args)
	command = serve
	if flags.NArg() > 0 {
		command = flags.Arg(0)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintf(stdout, usage, s.Description, s.Name)
		return "", ExitOK, true
	case err == nil && *version:
		_, _ = fmt.Fprintln(stdout, VersionLine(s.Name))
		return "", ExitOK, true
	case err == nil && (flags.NArg() > 1 || (command != serve && command != check)):
		err = fmt.Errorf("unknown argument %q", flags.Arg(flags.NArg()-1))
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", s.Name, err, s.Name)
		return "", ExitUsage, true
	}
	return command, ExitOK, false
}

// Status writes err, if any, for a person to read and returns the exit status
// that it stands for.
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
