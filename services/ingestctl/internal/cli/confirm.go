package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

var (
	errNotConfirmed = errors.New("not confirmed: nothing was done")
	errNobodyToAsk  = errors.New("this asks for confirmation, and stdin is not a terminal: --yes confirms")
)

// confirm asks a person on a terminal for an answer.
func (s *session) confirm(question, answer string) error {
	file, ok := s.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return errNobodyToAsk
	}
	_, _ = fmt.Fprint(s.stderr, question)
	return s.await(file, answer)
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
