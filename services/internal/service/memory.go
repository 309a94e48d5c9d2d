package service

import (
	"os"
	"runtime/debug"
)

// collectPercent has the garbage collector run when the heap is five times what was
// live after its last run, in place of two times. It takes memory, of which a task has
// plenty, and saves processor time (docs/benchmarks.md).
// https://pkg.go.dev/runtime/debug#SetGCPercent
const collectPercent = 400

// tuneCollector sets the garbage collector, except where GOGC and GOMEMLIMIT do.
func tuneCollector(memoryLimit int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
