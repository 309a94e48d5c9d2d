package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGenerate_tokenIsRandomAndNeedsNoQuoting(t *testing.T) {
	first, second := generateToken(), generateToken()
	assert.NotEqual(t, first, second)
	raw, err := base64.RawURLEncoding.DecodeString(first)
	require.NoError(t, err)
	assert.Len(t, raw, 32)
	require.NoError(t, checkToken(first))
}

func TestRead_trimsOneLineBreak(t *testing.T) {
	for given, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", "two words\n": "two words", "ключ": "ключ",
		strings.Repeat("x", maxTokenBytes) + "\r\n": strings.Repeat("x", maxTokenBytes),
	} {
		got, err := readToken(t.Context(), strings.NewReader(given), io.Discard)
		require.NoError(t, err, "%.20q", given)
		assert.Equal(t, want, got)
	}
}

func TestRead_invalidToken_isRefusedWithoutItsValue(t *testing.T) {
	for given, want := range map[string]string{
		"":                                     "the token is empty",
		"\n":                                   "the token is empty",
		"CHANGEME\n":                           "the token is the placeholder CHANGEME",
		"\thidden":                             "begins or ends with space",
		"hidden\n\n":                           "begins or ends with space",
		"hidden\x00hidden":                     "a line break or another control character",
		strings.Repeat("x", maxTokenBytes+1):   "longer than the 4096 bytes",
		strings.Repeat("x", 100*maxTokenBytes): "longer than the 4096 bytes",
	} {
		_, err := readToken(t.Context(), strings.NewReader(given), io.Discard)
		require.ErrorContains(t, err, want, "%.20q", given)
		assert.NotContains(t, err.Error(), "hidden")
	}
}

func TestRead_unreadable_isAnError(t *testing.T) {
	broken := errors.New("broken")
	_, err := readToken(t.Context(), iotest.ErrReader(broken), io.Discard)
	require.ErrorIs(t, err, broken)
}

func TestRun_interruptedWhileStdinIsSilent_ends(t *testing.T) {
	for _, args := range [][]string{{"token", "set"}, {"send"}} {
		input, output := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out, errs bytes.Buffer
		assert.Equal(t, ExitInterrupted, Run(ctx, args, input, &out, &errs), errs.String())
		require.NoError(t, output.Close())
	}
}
