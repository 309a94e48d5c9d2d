package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	errNotConfirmed = errors.New("not confirmed: nothing was done")
	errNoTerminal   = errors.New("this asks for confirmation, and stdin is not a terminal: --yes confirms")
)

// confirm asks on a terminal for an answer.
func (s *session) confirm(question, answer string) error {
	if !terminal(s.stdin) {
		return errNoTerminal
	}
	_, _ = fmt.Fprint(s.stderr, question)
	return s.await(s.stdin, answer)
}

// await waits for one line or Ctrl-C.
func (s *session) await(input io.Reader, answer string) error {
	line, err := unlessInterrupted(s.ctx, func() (string, error) {
		line, _ := bufio.NewReader(input).ReadString('\n') // what ends early is no answer
		return line, nil
	})
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(s.stderr)
		return err
	case strings.TrimSpace(line) != answer:
		return errNotConfirmed
	default:
		return nil
	}
}

// unlessInterrupted returns what a read of stdin returns, or errInterrupted where ctx ends
// before. Such a read cannot be called off: it is left behind, for the program ends.
func unlessInterrupted[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, errInterrupted
	}
}
