// Command worker moves messages from SQS to S3, one object each.
package main

import (
	"context"
	"os"

	"github.com/ingest-iac/ingest/services/worker/app"
	// The certificates of CAs, since the image has no file of them.
	_ "golang.org/x/crypto/x509roots/fallback"
)

func main() {
	os.Exit(app.Service().Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
