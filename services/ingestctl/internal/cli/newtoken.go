package cli

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/ingest-iac/ingest/services/internal/token"
	"golang.org/x/term"
)

// tokenBits of a generated token.
const tokenBits = 256

// maxTokenBytes is the most that a parameter of the standard tier holds.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const maxTokenBytes = 4096

// generateToken is a random token in letters that need no quoting anywhere.
func generateToken() string {
	random := make([]byte, tokenBits/8)
	// It never fails: crypto/rand ends the program where the system has no entropy.
	_, _ = rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// readToken reads a token: typed twice without echo on a terminal, else all of the
// input but one line break at its end. Ctrl-C ends it.
func readToken(ctx context.Context, input io.Reader, prompt io.Writer) (string, error) {
	file, ok := input.(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) {
		return askToken(ctx, file, prompt)
	}
	all, err := unlessInterrupted(ctx, func() ([]byte, error) {
		// One byte more distinguishes a token that is too long from one that just fits.
		return io.ReadAll(io.LimitReader(input, maxTokenBytes+3))
	})
	if err != nil {
		return "", fmt.Errorf("reading the token from stdin: %w", err)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(all), "\n"), "\r")
	return value, checkToken(value)
}

func askToken(ctx context.Context, terminal *os.File, prompt io.Writer) (string, error) {
	file := int(terminal.Fd())
	before, err := term.GetState(file)
	if err != nil {
		return "", fmt.Errorf("reading the state of the terminal: %w", err)
	}
	// A read that Ctrl-C leaves behind does not turn the echo on again.
	defer func() { _ = term.Restore(file, before) }()
	hidden := func(question string) (string, error) {
		_, _ = fmt.Fprint(prompt, question)
		typed, err := unlessInterrupted(ctx, func() ([]byte, error) { return term.ReadPassword(file) })
		_, _ = fmt.Fprintln(prompt)
		if err != nil {
			return "", fmt.Errorf("reading the token from the terminal: %w", err)
		}
		return string(typed), nil
	}
	value, err := hidden("New token: ")
	if err != nil {
		return "", err
	}
	if err := checkToken(value); err != nil {
		return "", err
	}
	again, err := hidden("Once more: ")
	if err == nil && again != value {
		err = errors.New("the two are not the same; nothing was set")
	}
	return value, err
}

// checkToken refuses an invalid token. Its error does not contain the value.
func checkToken(value string) error {
	switch {
	case value == "":
		return errors.New("the token is empty; allowed is any text (--generate makes one)")
	case value == token.Placeholder:
		return fmt.Errorf("the token is the placeholder %s, with which the API refuses every request", token.Placeholder)
	case len(value) > maxTokenBytes:
		return fmt.Errorf("the token is longer than the %d bytes that SSM takes", maxTokenBytes)
	case strings.TrimSpace(value) != value:
		return errors.New("the token begins or ends with space, which is easily lost; nothing was set")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("the token holds a line break or another control character; nothing was set")
	}
	return nil
}
