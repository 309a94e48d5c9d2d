package pulumitools

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Build is a run of `go build`.
type Build struct {
	// What names it on the progress line.
	What string
	// Dir is the folder of the module.
	Dir string
	// Env is added to the environment: NAME=value.
	Env []string
	// Args follow `go build -v`.
	Args []string
	// Progress gets a line when the first package is compiled, and one after each
	// Every. It may be nil.
	Progress io.Writer
	// Every is 10 seconds when zero.
	Every time.Duration
}

// Run builds. Where everything is in Go's build cache it writes no progress. The
// error has what the compiler said.
func (b Build) Run(ctx context.Context) error {
	command := exec.CommandContext(ctx, "go", append([]string{"build", "-v"}, b.Args...)...) //nolint:gosec // the arguments are a list, not a shell's line
	command.Dir = b.Dir
	command.Env = append(os.Environ(), b.Env...)
	reader, writer := io.Pipe()
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		return fmt.Errorf("building %s: %w", b.What, err)
	}
	lines, said := make(chan string), make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(reader)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		// A line that is longer than the scanner takes must not block the compiler.
		_, _ = io.Copy(io.Discard, reader)
	}()
	go func() { said <- b.follow(lines) }()
	err := command.Wait()
	err = errors.Join(err, writer.Close())
	output := <-said
	if err != nil {
		return fmt.Errorf("building %s in %s: %w\n%s", b.What, b.Dir, err, output)
	}
	return nil
}

// follow counts the packages that `go build -v` names, writes progress, and returns
// every line.
func (b Build) follow(lines <-chan string) string {
	progress, every := b.Progress, b.Every
	if progress == nil {
		progress = io.Discard
	}
	if every == 0 {
		every = 10 * time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	started, count := time.Now(), 0
	var said bytes.Buffer
	for {
		select {
		case line, more := <-lines:
			if !more {
				if count > 0 {
					fmt.Fprintf(progress, "  %s: built in %s\n", b.What, time.Since(started).Round(time.Second))
				}
				return said.String()
			}
			fmt.Fprintln(&said, line)
			if count++; count == 1 {
				fmt.Fprintf(progress, "  %s: compiling; later runs take it from Go's build cache\n", b.What)
			}
		case <-ticker.C:
			if count > 0 {
				fmt.Fprintf(progress, "  %s: %d packages compiled, %s\n", b.What, count, time.Since(started).Round(time.Second))
			}
		}
	}
}
