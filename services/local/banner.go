package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/message"
)

// writeBanner writes what runs where, and how to see it work.
func writeBanner(w io.Writer, s Settings, apiPort, awsPort int) {
	api := fmt.Sprintf("http://%s:%d", loopback, apiPort)
	endpoint := fmt.Sprintf("http://%s:%d", loopback, awsPort)
	_, _ = fmt.Fprintf(w, `Ingest runs on this machine. Ctrl-C stops it.

  api      %s/ingest   (described at %s/docs)
  AWS      %s   (fake: S3, SQS, SSM)
  token    %s
  objects  %s

Send a payload:

  curl -sS %s/ingest -H 'Content-Type: application/json' -d %s

See it stored:

  cat %s

Look into the fake AWS (the AWS CLI needs a region and credentials; any will do):

  export AWS_DEFAULT_REGION=%s AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws --endpoint-url %s s3 ls --recursive s3://%s

`, api, api, endpoint, s.Token, filepath.Join(s.DataDir, "emails", "v1", "local", "<year>", "<month>", "<day>"),
		api, quote(payload(s.Token)), filepath.Join(quoteIfNeeded(s.DataDir), "emails", "v1", "local", "*", "*", "*", "*.json"),
		fakeaws.Region, endpoint, fakeaws.LocalBucket)
}

func writeAWSBanner(w io.Writer, s Settings, port int) {
	_, _ = fmt.Fprintf(w, `The fake AWS (S3, SQS, SSM; any region and credentials) listens on port %d.
queue %s, bucket %s (files in %s), parameter %s
`, port, fakeaws.LocalQueue, fakeaws.LocalBucket, s.DataDir, fakeaws.LocalParameter)
}

// payload is a request's body to try.
func payload(token string) string {
	body, err := json.Marshal(struct {
		Data  message.Fields `json:"data"`
		Token string         `json:"token"`
	}{message.Example(), token})
	if err != nil {
		panic(fmt.Sprintf("encoding strings: %v", err))
	}
	return string(body)
}

// quote is text as one word of a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func quoteIfNeeded(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"
	if strings.Trim(text, plain) == "" {
		return text
	}
	return quote(text)
}
