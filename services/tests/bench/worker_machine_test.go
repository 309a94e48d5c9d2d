package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// workerMachine names the machine that a figure was taken on.
func workerMachine() string {
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
