// Command api takes JSON payloads over HTTP, checks their token and sends
// them to SQS.
package main

import (
	"context"
	"os"

	"github.com/ingest-iac/ingest/services/api/app"
	// The certificates of CAs, since the image has no file of them.
	_ "golang.org/x/crypto/x509roots/fallback"
)

func main() {
	os.Exit(app.Service().Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
