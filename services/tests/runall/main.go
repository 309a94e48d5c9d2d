// Runall runs the tests of several modules of a workspace. Modules with the same
// arguments have one go test, since two at a time would compile what they share twice;
// several run side by side: while the tests of one wait for processes, another
// compiles. It ends with what was skipped and why, and with how many tests passed,
// failed and were skipped.
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
	"slices"
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
	root := flags.String("root", ".", "the folder of go.work")
	// Long enough for a new machine, on which the stacks' tests build Pulumi first.
	timeout := flags.String("timeout", "40m", "as of go test, for each package")
	short := flags.Bool("short", false, "as of go test")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := newSummary(stdout)
	stderr = &lockedWriter{to: stderr}
	var tests sync.WaitGroup
	for _, g := range groups(flags.Args()) {
		// Never from Go's cache of results, which does not see what a test runs:
		// programs that it builds, scripts, other modules. Lint vets the code.
		command := []string{"test", "-json", "-count=1", "-vet=off", "-timeout", *timeout}
		if *short {
			command = append(command, "-short")
		}
		command = append(append(command, g.arguments...), g.patterns...)
		s.printf("go %s\n", strings.Join(command, " "))
		tests.Go(func() {
			if err := goTest(ctx, *root, command, s, stderr); err != nil {
				s.note(strings.Join(g.patterns, " "), err)
			}
		})
	}
	tests.Wait()
	s.print()
	if s.failed > 0 {
		return 1
	}
	return 0
}

// group is what one go test runs.
type group struct{ arguments, patterns []string }

// groups puts modules with the same arguments together.
func groups(modules []string) []group {
	var all []group
	for _, module := range modules {
		name, joined, _ := strings.Cut(module, "=")
		arguments := strings.FieldsFunc(joined, func(r rune) bool { return r == ',' })
		at := slices.IndexFunc(all, func(g group) bool { return slices.Equal(g.arguments, arguments) })
		if at < 0 {
			at = len(all)
			all = append(all, group{arguments: arguments})
		}
		all[at].patterns = append(all[at].patterns, "./"+name+"/...")
	}
	return all
}

// goTest feeds the events of one go test to s. It returns an error where go test
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
