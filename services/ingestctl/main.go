// Command ingestctl is the operator's command line: so far it sends payloads.
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
	status := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
