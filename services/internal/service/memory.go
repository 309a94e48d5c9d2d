package service

import (
	"os"
	"runtime/debug"
)

const (
	// collectPercent has the garbage collector run when the heap is five times what
	// was live after its last run, in place of two times. It takes memory, of which a
	// task has plenty, and saves processor time (docs/benchmarks.md).
	// https://pkg.go.dev/runtime/debug#SetGCPercent
	collectPercent = 400
	// memoryLimit has the garbage collector work harder before the process takes
	// more. It is below what any task has, and the same on every machine.
	// https://pkg.go.dev/runtime/debug#SetMemoryLimit
	memoryLimit = 192 << 20
)

// tuneCollector sets the garbage collector, except where GOGC and GOMEMLIMIT do.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
