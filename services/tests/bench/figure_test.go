package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// machine names the machine that a figure was taken on.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, found := strings.CutPrefix(line, "model name"); found {
				model = strings.TrimSpace(strings.TrimLeft(name, " \t:"))
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s/%s, %s; command: make bench", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// figure prints a benchmark next to its target, and fails the run that misses it.
func figure(b *testing.B, program, what, got, aim string, met bool) {
	b.Helper()
	verdict := "met"
	if !met {
		verdict = "MISSED"
		b.Fail()
	}
	fmt.Fprintf(os.Stdout, "%s: %s %s (aim: %s; %s) on %s\n", program, what, got, aim, verdict, machine())
}
