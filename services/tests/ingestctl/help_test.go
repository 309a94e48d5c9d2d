package ingestctl

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHelp(t *testing.T) {
	w := &world{}
	for name, args := range map[string][]string{"help": nil, "help-send": {"send", "--help"}, "help-token-rotate": {"help", "token", "rotate"}} {
		got := w.run(t, "", args...)
		assert.Zero(t, got.status, got.stderr)
		golden(t, name, got.stdout)
	}
}
