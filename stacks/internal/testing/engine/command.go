package engine

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

// Run runs any program in the root of the copy (a path that is not absolute begins there), in the environment that pulumi is
// run in: the workspace's own scripts find the pinned pulumi. Its output, both
// streams in their order, is the result's Stdout.
func (e *Engine) Run(name string, args ...string) *Result {
	e.tb.Helper()
	if filepath.Base(name) != name && !filepath.IsAbs(name) {
		name = filepath.Join(e.Dir, filepath.FromSlash(name))
	}
	command := exec.CommandContext(e.tb.Context(), name, args...) //nolint:gosec // a test says what to run
	command.Dir = e.Dir
	command.Env = append(slices.Clone(e.base), e.Env...)
	started := time.Now()
	output, err := command.CombinedOutput()
	result := &Result{Args: append([]string{name}, args...), Stdout: string(output), Took: time.Since(started)}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		result.Status = exit.ExitCode()
	} else {
		require.NoError(e.tb, err, "running %s", name)
	}
	e.tb.Logf("%s %v: status %d, %s", filepath.Base(name), args, result.Status, result.Took.Round(time.Millisecond))
	return result
}
