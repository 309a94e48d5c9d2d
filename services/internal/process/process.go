// Package process is what the services' programs have in common: a command
// line with --version and healthcheck, signals, and exit statuses.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/internal/buildinfo"
	"github.com/ingest-iac/ingest/services/internal/healthcheck"
	"github.com/ingest-iac/ingest/services/internal/settings"
)

// Exit statuses of every program.
const (
	ExitOK    = 0
	ExitError = 1
	// ExitUsage answers settings or arguments that are wrong.
	ExitUsage = 2
)

// Service is one long-running program.
type Service struct {
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

type commands struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Serve       struct{} `cmd:"" default:"1" help:"Run the service (default). Its settings are environment variables."`
	Healthcheck struct{} `cmd:"" help:"Ask the service on this machine for its health; exit status 0 when it is well."`
}

// Run runs the program that args ask for and returns its exit status.
func (s Service) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
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

func (s Service) dispatch(ctx context.Context, command string, environ map[string]string, stdout io.Writer) error {
	if command != "healthcheck" {
		return s.Serve(ctx, environ, stdout)
	}
	port, err := s.HealthPort(environ)
	if err != nil {
		return err
	}
	return healthcheck.Ask(ctx, healthcheck.URL(port))
}

// exit is how kong's --help and --version leave the parser.
type exit int

func (s Service) parse(args []string, stdout, stderr io.Writer) (command string, status int, done bool) {
	defer func() {
		if recovered := recover(); recovered != nil {
			code, ok := recovered.(exit)
			if !ok {
				panic(recovered)
			}
			status, done = int(code), true
		}
	}()
	parser := kong.Must(&commands{},
		kong.Name(s.Name),
		kong.Description(s.Description),
		kong.Vars{"version": buildinfo.Line(s.Name)},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", s.Name, err, s.Name)
		return "", ExitUsage, true
	}
	return parsed.Command(), ExitOK, false
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
