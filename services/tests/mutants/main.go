// Mutants checks the tests: it makes one change after another that loses or alters
// messages, or breaks a limit, and runs tests that must see it.
//
//	make mutants                                          # all, about ten minutes
//	cd services && go run ./tests/mutants -only 409       # those whose name contains 409
//
// Each change is made in a copy of the module. A change whose text is no longer
// in its file, or that does not compile, is a failure as much as one that no test
// sees.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
)

func main() { service.Main(run) }

// run returns the exit status: 0 when every mutation was killed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	module := flags.String("module", ".", "the folder of the services' module")
	only := flags.String("only", "", "only mutations whose name contains this text")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen := slices.DeleteFunc(slices.Clone(mutations), func(m mutation) bool { return !strings.Contains(m.name, *only) })
	if len(chosen) == 0 {
		_, _ = fmt.Fprintf(stderr, "mutants: no mutation's name contains %q\n", *only)
		return 2
	}
	failed, err := check(ctx, *module, chosen, stdout)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mutants:", err)
		return 1
	}
	_, _ = fmt.Fprintf(stdout, "%d of %d mutations killed\n", len(chosen)-failed, len(chosen))
	if failed > 0 {
		return 1
	}
	return 0
}

// check runs the tests unchanged, then each mutation, and returns how many were
// not killed.
func check(ctx context.Context, module string, chosen []mutation, stdout io.Writer) (failed int, err error) {
	dir, err := os.MkdirTemp("", "ingest-mutants-")
	if err != nil {
		return 0, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, os.DirFS(module)); err != nil {
		return 0, fmt.Errorf("copying the module: %w", err)
	}
	tests := map[string][]string{}
	for _, m := range chosen {
		tests[m.pkg()] = append(tests[m.pkg()], m.tests...)
	}
	for pkg, names := range tests {
		if output, err := test(ctx, dir, pkg, names); err != nil {
			return 0, fmt.Errorf("the tests of %s fail without any mutation: %w\n%s", pkg, err, output)
		}
	}
	for _, m := range chosen {
		began := time.Now()
		verdict := "killed  "
		if err := m.try(ctx, dir); err != nil {
			verdict = "FAILED  "
			failed++
			_, _ = fmt.Fprintln(stdout, err)
		}
		_, _ = fmt.Fprintf(stdout, "%s%s (%s: %s; %s)\n", verdict, m.name, m.pkg(), strings.Join(m.tests, ", "), time.Since(began).Round(time.Second))
		if ctx.Err() != nil {
			return failed, ctx.Err()
		}
	}
	return failed, nil
}

// try makes the change, runs its tests, and takes the change back. It returns nil
// when a test failed.
func (m mutation) try(ctx context.Context, dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the copy: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	original, err := root.ReadFile(m.file)
	if err != nil {
		return fmt.Errorf("reading what is changed: %w", err)
	}
	changed, err := m.apply(string(original))
	if err != nil {
		return err
	}
	const mode = 0o600
	if err := root.WriteFile(m.file, []byte(changed), mode); err != nil {
		return fmt.Errorf("writing the change: %w", err)
	}
	defer func() { err = errors.Join(err, root.WriteFile(m.file, original, mode)) }()
	if output, err := goCommand(ctx, dir, "build", "-o", os.DevNull, "./api", "./worker"); err != nil {
		return fmt.Errorf("the change does not compile: %w\n%s", err, output)
	}
	output, err := test(ctx, dir, m.pkg(), m.tests)
	switch {
	case err == nil:
		return fmt.Errorf("no test fails: %s", strings.Join(m.tests, ", "))
	case !strings.Contains(output, "--- FAIL") && !strings.Contains(output, "panic: "):
		return fmt.Errorf("the tests did not run: %w\n%s", err, output)
	default:
		return nil
	}
}

// apply returns source with the change.
func (m mutation) apply(source string) (string, error) {
	if n := strings.Count(source, m.before); n != 1 {
		return "", fmt.Errorf("%s has this text %d times, which has to be there once; adapt the mutation to the code:\n%s", m.file, n, m.before)
	}
	return strings.Replace(source, m.before, m.after, 1), nil
}

func test(ctx context.Context, dir, pkg string, tests []string) (output string, err error) {
	tests = slices.Compact(slices.Sorted(slices.Values(tests)))
	return goCommand(ctx, dir, "test", "-count=1", "-run", "^("+strings.Join(tests, "|")+")$", "./"+pkg)
}

func goCommand(ctx context.Context, dir string, args ...string) (output string, err error) {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // this program's own arguments
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off")
	text, err := command.CombinedOutput()
	return string(text), err
}
