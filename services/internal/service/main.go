package service

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Main runs a command with the process's arguments and exits with its status. The
// first SIGINT or SIGTERM ends the context, the second the process.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
