package service

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTuneCollector_environment_precedes(t *testing.T) {
	before, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) })

	const memoryLimit = 300 << 20
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "1GiB")
	tuneCollector(300, memoryLimit)
	assert.Equal(t, limit, debug.SetMemoryLimit(-1))
	assert.Equal(t, 100, debug.SetGCPercent(100))

	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	tuneCollector(300, memoryLimit)
	assert.EqualValues(t, memoryLimit, debug.SetMemoryLimit(-1))
	assert.Equal(t, 300, debug.SetGCPercent(100))
}
