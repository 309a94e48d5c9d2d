package delivery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itchyny/gojq/cli"
)

// TestMain lets the test binary be what the scripts call: under a stand-in's name
// it answers as the test has laid down, and under jq's, where the machine has no
// jq, it is one.
func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); name {
	case "jq":
		os.Exit(cli.Run())
	case "sleep":
		// Scripts count what they waited, so that nobody has to.
		if err := note(strings.Join(append([]string{name}, os.Args[1:]...), " "), nil); err != nil {
			fmt.Fprintf(os.Stderr, "stand-in for %s: %v\n", name, err)
			os.Exit(unexpected)
		}
	case "aws", "pulumi", "gh", "make":
		status, err := answer(name, os.Args[1:])
		if err != nil {
			fmt.Fprintf(os.Stderr, "stand-in for %s: %v\n", name, err)
		}
		os.Exit(status)
	default:
		os.Exit(m.Run())
	}
}
