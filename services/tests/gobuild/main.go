// Gobuild compiles programs and reports its progress on stderr, since a first build of
// the AWS or the Pulumi SDK takes minutes in silence. It writes nothing when
// everything is in Go's build cache.
//
//	go run ./tests/gobuild -o ../bin/local ./local   # as go build
//	go run ./tests/gobuild ./api ./worker            # into the build cache, as go run
//
// A first argument NAME=VALUE is set in the environment of go.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stderr, 10*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run builds, and writes a line when the first package is compiled, one after each
// interval, and one at the end. The error has what the compiler wrote.
func run(args []string, progress io.Writer, interval time.Duration) error {
	var env []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	isFlag := func(arg string) bool { return strings.HasPrefix(arg, "-") }
	switch {
	case slices.Contains(args, "-o"):
		return build(env, append([]string{"build"}, args...), progress, interval)
	case len(args) == 0 || slices.ContainsFunc(args, isFlag):
		return errors.New("usage: gobuild [NAME=VALUE] [flags of go build] -o file package, or gobuild [NAME=VALUE] packages")
	}
	for _, program := range args {
		// go build without -o discards the program that it has linked. go run keeps it in
		// the build cache; with -exec it runs go version on it, not the program.
		if err := build(env, []string{"run", "-exec", "go version", program}, progress, interval); err != nil {
			return err
		}
	}
	return nil
}

// build runs a go command that compiles its last argument.
func build(env, args []string, progress io.Writer, interval time.Duration) error {
	command := exec.Command("go", args...) //nolint:gosec,noctx // this program's purpose; Ctrl-C ends both
	// Not as an argument: -C has to be the first.
	command.Env = append(append(os.Environ(), env...), "GOFLAGS="+os.Getenv("GOFLAGS")+" -v")
	reader, writer := io.Pipe()
	command.Stderr = writer
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting go %s: %w", args[0], err)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(reader)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		// A line longer than the scanner's limit must not block the compiler.
		_, _ = io.Copy(io.Discard, reader)
	}()
	ended := make(chan error, 1)
	go func() {
		err := command.Wait()
		_ = writer.Close()
		ended <- err
	}()
	output := follow(lines, path.Base(args[len(args)-1]), progress, interval)
	if err := <-ended; err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

// follow counts the packages that go build -v names, and returns all lines.
func follow(lines <-chan string, what string, progress io.Writer, interval time.Duration) string {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	started, count := time.Now(), 0
	var output strings.Builder
	for {
		select {
		case line, more := <-lines:
			if !more {
				if count > 0 {
					fmt.Fprintf(progress, "  compiled %d packages in %s\n", count, time.Since(started).Round(time.Second))
				}
				return output.String()
			}
			output.WriteString(line + "\n")
			if count++; count == 1 {
				fmt.Fprintf(progress, "  compiling %s; later runs use Go's build cache\n", what)
			}
		case <-ticker.C:
			if count > 0 {
				fmt.Fprintf(progress, "  %d packages, %s\n", count, time.Since(started).Round(time.Second))
			}
		}
	}
}
