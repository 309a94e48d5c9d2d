// Command ingestctl is the operator's command line: the token, payloads, what was
// stored and what was not.
package main

import (
	"context"
	"io"
	"os"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/cli"
	"github.com/ingest-iac/ingest/services/internal/service"
)

func main() {
	service.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return cli.Run(ctx, args, os.Stdin, stdout, stderr)
	})
}
