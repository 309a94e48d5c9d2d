// Runall runs the tests of several modules of a workspace in one go test, since two at a
// time would compile what they share twice. With -race there is a second one side by side,
// for the packages of a module that link no client of the AWS SDK: what is compiled with
// and without the race detector is not shared. It ends with what was skipped and why, and
// with how many tests passed, failed and were skipped.
//
//	go run ./tests/runall -root .. -race services services components stacks
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
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
	race := flags.String("race", "", "the `module` whose packages are tested with the race detector, except those that link "+awsClients+"...")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := newSummary(stdout)
	stderr = &lockedWriter{to: stderr}
	var tests sync.WaitGroup
	raced, others, err := split(ctx, *root, *race, flags.Args())
	if err != nil {
		s.note("finding the packages for the race detector", err)
	}
	for _, g := range []group{{[]string{"-race"}, raced}, {nil, others}} {
		if len(g.patterns) == 0 {
			continue
		}
		// Never from Go's cache of results, which does not see what a test runs:
		// programs that it builds, scripts, other modules. Lint vets the code.
		command := []string{"test", "-json", "-count=1", "-vet=off", "-timeout", *timeout, "-p", strconv.Itoa(runtime.GOMAXPROCS(0) + packagesThatWait)}
		if *short {
			command = append(command, "-short")
		}
		command = append(command, g.arguments...)
		s.printf("go %s, %s\n", strings.Join(command, " "), g)
		command = append(command, g.patterns...)
		tests.Go(func() {
			if err := goTest(ctx, *root, command, s, stderr); err != nil {
				s.note(g.String(), err)
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

// packagesThatWait is how many packages are compiled or tested at once on top of one for
// each processor, as go test does by default: tests that start programs mostly wait for
// them, and two would keep a machine with two processors from compiling.
const packagesThatWait = 2

// group is what one go test runs.
type group struct{ arguments, patterns []string }

func (g group) String() string {
	if len(g.patterns) > 3 {
		return fmt.Sprintf("%d packages from %s on", len(g.patterns), g.patterns[0])
	}
	return strings.Join(g.patterns, " ")
}

// awsClients begins the paths of the AWS SDK's clients. Compiling them for the race
// detector takes longer than all tests of the services, and packages with much
// concurrency of their own reach AWS through an interface.
const awsClients = "github.com/aws/aws-sdk-go-v2/service/"

// split returns the packages of the module race that have tests which link none of
// awsClients, and the rest: its other packages, and the patterns of the other modules.
// Where they cannot be listed, all of them are among the rest, and there is an error.
func split(ctx context.Context, root, race string, modules []string) (raced, others []string, listErr error) {
	for _, module := range modules {
		pattern := "./" + module + "/..."
		if module != race {
			others = append(others, pattern)
			continue
		}
		list := exec.CommandContext(ctx, "go", "list", "-test", "-f", `{{if not .ForTest}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, pattern) //nolint:gosec // as goTest
		list.Dir = root
		output, err := list.Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		if err != nil {
			listErr = fmt.Errorf("listing %s: %w", pattern, err)
			others = append(others, pattern)
			continue
		}
		withoutAWS, rest := sortPackages(string(output))
		raced, others = append(raced, withoutAWS...), append(others, rest...)
	}
	return raced, others, listErr
}

// sortPackages reads the lines of go list -test: each a package and what it depends on.
// The program that tests a package is one more, with the suffix ".test".
func sortPackages(lines string) (raced, others []string) {
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, deps := fields[0], fields[1:]
		linksAWS := slices.ContainsFunc(deps, func(d string) bool { return strings.HasPrefix(d, awsClients) })
		switch tested, isTest := strings.CutSuffix(name, ".test"); {
		case !isTest:
			others = append(others, name)
		case !linksAWS:
			raced = append(raced, tested)
		}
	}
	others = slices.DeleteFunc(others, func(name string) bool { return slices.Contains(raced, name) })
	return raced, others
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
