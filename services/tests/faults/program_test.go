package faults

import (
	"flag"
	"os"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
)

func TestMain(m *testing.M) {
	// The tests mostly wait, so more of them than there are processors run at
	// once. A -parallel on the command line overrides this.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}
