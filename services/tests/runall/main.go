// Runall runs the tests of several modules at the same time: while the tests of one
// wait for processes, another compiles. It ends with what was skipped and why, and
// with how many tests passed, failed and were skipped.
//
//	go run ./tests/runall -root .. services=-race components stacks
//
// After "=" come further arguments of go test, separated by commas.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ingest-iac/ingest/services/internal/service"
)

func main() { service.Main(run) }

// run returns the exit status: 0 when every test of every module passed or was
// skipped.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("runall", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "the folder that the modules are in")
	// Long enough for a new machine, on which the stacks' tests build Pulumi first.
	timeout := flags.String("timeout", "40m", "as of go test, for each package")
	short := flags.Bool("short", false, "as of go test")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := newSummary(stdout)
	stderr = &lockedWriter{to: stderr}
	var modules sync.WaitGroup
	for _, argument := range flags.Args() {
		module, more, _ := strings.Cut(argument, "=")
		// Never from Go's cache of results, which does not see what a test runs:
		// programs that it builds, scripts, other modules.
		command := []string{"test", "-json", "-count=1", "-timeout", *timeout}
		if *short {
			command = append(command, "-short")
		}
		if more != "" {
			command = append(command, strings.Split(more, ",")...)
		}
		s.printf("%s: go %s ./...\n", module, strings.Join(command, " "))
		modules.Go(func() {
			if err := goTest(ctx, filepath.Join(*root, module), append(command, "./..."), s, stderr); err != nil {
				s.note(module, err)
			}
		})
	}
	modules.Wait()
	s.print()
	if s.failed > 0 {
		return 1
	}
	return 0
}

// goTest feeds the events of one module to s. It returns an error where go test
// failed for another reason than a test.
func goTest(ctx context.Context, dir string, args []string, s *summary, stderr io.Writer) error {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // arguments of this program's user
	command.Dir, command.Stderr = dir, stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("reading go test: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	failed, readErr := s.read(output)
	err = command.Wait()
	switch {
	case readErr != nil:
		return readErr
	case err != nil && !failed:
		return fmt.Errorf("running go test: %w", err)
	default:
		return nil
	}
}

// lockedWriter takes writes of several commands at the same time.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}
