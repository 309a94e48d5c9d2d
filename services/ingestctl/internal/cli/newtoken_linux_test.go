package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal: what is written to user is typed on the terminal.
func openTerminal(t *testing.T) (user, terminal *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = user.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	return user, terminal
}

// onPrompt calls a function with each question.
type onPrompt func(question string)

func (p onPrompt) Write(text []byte) (int, error) {
	if question := strings.TrimSpace(string(text)); question != "" {
		p(question)
	}
	return len(text), nil
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	return assert.NoError(t, err) && state.Lflag&unix.ECHO != 0
}

func TestReadToken_typed_isAskedForTwice(t *testing.T) {
	user, terminal := openTerminal(t)
	var questions []string
	got, err := readToken(t.Context(), terminal, onPrompt(func(question string) {
		questions = append(questions, question)
		_, _ = io.WriteString(user, "secret\n")
	}))
	require.NoError(t, err)
	assert.Equal(t, "secret", got)
	assert.Equal(t, []string{"New token:", "Once more:"}, questions)
	assert.True(t, echoes(t, terminal))
}

func TestReadToken_interrupted_terminalEchoesAgain(t *testing.T) {
	user, terminal := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		assert.Eventually(t, func() bool { return !echoes(t, terminal) }, 20*time.Second, time.Millisecond)
	}()
	_, err := readToken(ctx, terminal, io.Discard)
	require.ErrorIs(t, err, errInterrupted)
	assert.True(t, echoes(t, terminal))
	_, _ = io.WriteString(user, "\n") // ends the read that was left behind
}
