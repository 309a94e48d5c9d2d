package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQuote_textIsOneWordOfTheShell(t *testing.T) {
	for _, text := range []string{"plain", "it's", `a "b" $HOME`, ""} {
		got, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quote(text)).Output()
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
	}
	assert.Equal(t, "a/b-c.d", quoteIfNeeded("a/b-c.d"))
	assert.Equal(t, "'a b'", quoteIfNeeded("a b"))
}
