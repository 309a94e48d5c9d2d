package engine

import (
	"context"
	"fmt"
	"os/exec"
)

// Compile compiles a program, named relative to the working directory, into a file.
// Unlike go build, go run keeps what it has linked for the next test that needs it; here
// it copies the program in place of running it.
func Compile(ctx context.Context, program, file string) error {
	command := exec.CommandContext(ctx, "go", "run", "-exec", "cp", program, file) //nolint:gosec // a test's own
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling %s: %w\n%s", program, err, output)
	}
	return nil
}
