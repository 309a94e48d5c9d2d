// Command localaws applies the three stacks, with the real Pulumi engine, to an AWS
// account that is a file on this machine. It needs no account, no credentials and no
// installed Pulumi.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// commands is the command line.
type commands struct {
	Up      upCommand      `cmd:"" help:"Apply bootstrap, data-config and compute, and explain the result."`
	Preview previewCommand `cmd:"" help:"Show what up would change."`
	Down    downCommand    `cmd:"" help:"Destroy the three stacks, and delete their files."`
	Pulumi  pulumiCommand  `cmd:"" help:"Run any command of pulumi on one stack."`
}

// run runs one command and returns the exit status: 0, 1 for a failure, 2 for a
// wrong call.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var parsed commands
	exited := false
	parser, err := kong.New(&parsed, kong.Name("localaws"), kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }),
		kong.Description("Applies the stacks to an AWS account that is a file on this machine."))
	if err != nil {
		fmt.Fprintf(stderr, "error: reading the declaration of the command line: %s\n", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited { // --help
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: %s\n", err)
		return 2
	}
	root, err := workspace.Root()
	if err == nil {
		s := &session{root: root, folder: filepath.Join(root, ".local", "pulumi"), stdin: stdin, stdout: stdout, stderr: stderr}
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run(s)
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: %s\n", err)
		return 1
	}
	return 0
}
