// Command api takes JSON payloads over HTTP, checks their token and hands them
// to SQS.
package main

import (
	"context"
	"os"

	"github.com/ingest-iac/ingest/services/internal/apiapp"
)

func main() {
	os.Exit(apiapp.Service().Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
