package pulumitools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
)

// Compile runs the services' command gobuild in dir, which writes to
// progress (it may be nil) while packages are compiled, and nothing when Go's build
// cache has them. The error has what the compiler wrote.
func Compile(ctx context.Context, dir string, progress io.Writer, args ...string) error {
	if progress == nil {
		progress = io.Discard
	}
	var output bytes.Buffer
	command := exec.CommandContext(ctx, "go", append([]string{"run", "github.com/ingest-iac/ingest/services/tests/gobuild"}, args...)...) //nolint:gosec // a list of arguments, not a shell's line
	command.Dir, command.Stderr = dir, io.MultiWriter(progress, &output)
	if err := command.Run(); err != nil {
		return fmt.Errorf("compiling in %s: %w\n%s", dir, err, output.Bytes())
	}
	return nil
}
