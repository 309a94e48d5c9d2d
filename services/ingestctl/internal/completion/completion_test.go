package completion

import (
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type grammar struct {
	Stack string `help:"s"`
	JSON  bool   `name:"json" help:"j"`
	Token struct {
		Set struct {
			Level string `enum:"high,low" default:"low" help:"l"`
		} `cmd:""`
		Check struct{} `cmd:""`
	} `cmd:""`
	Logs struct {
		Service string `arg:"" enum:"api,worker" help:"s"`
	} `cmd:""`
	Secret struct{} `cmd:"" hidden:""`
}

func TestCandidates_followFromTheGrammar(t *testing.T) {
	parser, err := kong.New(&grammar{}, kong.Name("x"))
	require.NoError(t, err)
	for _, c := range []struct{ words, want []string }{
		{nil, []string{"token", "logs"}},
		{[]string{"t"}, []string{"token"}},
		{[]string{"token", ""}, []string{"set", "check"}},
		{[]string{"--stack", "token", "l"}, []string{"logs"}},
		{[]string{"--json", "token", "c"}, []string{"check"}},
		{[]string{"--stack=prod", "logs", ""}, []string{"api", "worker"}},
		{[]string{"token", "set", "--l"}, []string{"--level"}},
		{[]string{"token", "set", "--level", ""}, []string{"high", "low"}},
		{[]string{"token", "--j"}, []string{"--json"}},
		{[]string{"--stack", ""}, nil},
	} {
		assert.ElementsMatch(t, c.want, Candidates(parser.Model, c.words), "%q", c.words)
	}
}

func TestScript_asksTheProgram(t *testing.T) {
	for _, shell := range Shells() {
		script, err := Script(shell, "ingestctl")
		require.NoError(t, err)
		assert.Contains(t, script, Command)
		assert.Contains(t, script, "ingestctl")
		assert.NotContains(t, script, "NAME")
	}
	_, err := Script("tcsh", "ingestctl")
	require.EqualError(t, err, `the shell is "tcsh"; allowed are bash, zsh, fish`)
}
