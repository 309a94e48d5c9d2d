// Command ingestctl is the operator's command line: the token, payloads, what was
// stored and what was not.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	status := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
