package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func table(s screen) string {
	var out bytes.Buffer
	s.Writer = &out
	s.table([]string{"SERVICE", "ROLLOUT", "IMAGE"}, [][]string{{"api", "COMPLETED", "sha256:1"}, {"worker", "FAILED", ""}})
	return out.String()
}

func TestTable_columns(t *testing.T) {
	want := "SERVICE  ROLLOUT    IMAGE\napi      COMPLETED  sha256:1\nworker   FAILED\n"
	assert.Equal(t, want, table(screen{}), "no terminal has any width")
	assert.Equal(t, want, table(screen{width: 28}))
}

func TestTable_narrowTerminal(t *testing.T) {
	assert.Equal(t, "SERVICE  api\nROLLOUT  COMPLETED\nIMAGE    sha256:1\n\nSERVICE  worker\nROLLOUT  FAILED\n", table(screen{width: 27}))
}

func TestTable_coloursKeepTheColumns(t *testing.T) {
	assert.Equal(t, "SERVICE  ROLLOUT    IMAGE\napi      COMPLETED  sha256:1\nworker   \x1b[31mFAILED\x1b[0m\n", table(screen{colour: true}))
}

func TestNewScreen_withoutATerminal(t *testing.T) {
	assert.Equal(t, &screen{Writer: &bytes.Buffer{}}, newScreen(&bytes.Buffer{}))
}
