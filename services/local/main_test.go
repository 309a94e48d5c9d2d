package main

import (
	"os"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) { proctest.Clean(); os.Exit(status) }))
}
