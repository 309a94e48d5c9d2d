package service

import (
	"os"
	"runtime/debug"
)

// tuneCollector sets the garbage collector, except where GOGC and GOMEMLIMIT do.
func tuneCollector(percent int, memoryLimit int64) {
	if percent > 0 && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
