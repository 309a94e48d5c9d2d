package cli

import (
	"bufio"
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

// await waits for one line or Ctrl-C. A read of a terminal cannot be called
// off: it is left behind, for the program ends.
func (s *session) await(input io.Reader, answer string) error {
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(input).ReadString('\n') // what ends early is no answer
		typed <- line
	}()
	select {
	case line := <-typed:
		if strings.TrimSpace(line) != answer {
			return errNotConfirmed
		}
		return nil
	case <-s.ctx.Done():
		_, _ = fmt.Fprintln(s.stderr)
		return errInterrupted
	}
}
