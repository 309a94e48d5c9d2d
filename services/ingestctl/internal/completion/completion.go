// Package completion completes a command line in a shell. The scripts ask the
// program itself, so that they never name a command or flag that it has not.
package completion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is the hidden command that the scripts call, with the words of the
// command line behind it; the last is the one to complete.
const Command = "__complete"

// scripts ask for candidates, by shell; NAME is replaced by the program's name.
var scripts = map[string]string{
	"bash": `_NAME() {
  COMPREPLY=()
  local candidate
  while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _NAME NAME
`,
	"zsh": `#compdef NAME
_NAME() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${candidates[1]}" ]]; then compadd -- "${candidates[@]}"; else _files; fi
}
compdef _NAME NAME
`,
	"fish": `complete -c NAME -a '(NAME __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

// Shells are those that Script knows.
func Shells() []string { return []string{"bash", "zsh", "fish"} }

// Script is what a shell has to read for the program of that name.
func Script(shell, name string) (string, error) {
	script, ok := scripts[shell]
	if !ok {
		return "", fmt.Errorf("the shell is %q; allowed are %s", shell, strings.Join(Shells(), ", "))
	}
	return strings.ReplaceAll(script, "NAME", name), nil
}

// Candidates are what the last of the words may become.
func Candidates(app *kong.Application, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	node, pending := app.Node, (*kong.Flag)(nil)
	for _, word := range words[:len(words)-1] {
		switch {
		case pending != nil:
			pending = nil
		case strings.HasPrefix(word, "-"):
			pending = takesValue(node, word)
		default:
			if child := child(node, word); child != nil {
				node = child
			}
		}
	}
	last := words[len(words)-1]
	var candidates []string
	switch {
	case pending != nil && pending.Enum == "":
		// Any value is: the shell offers files.
	case pending != nil:
		candidates = pending.EnumSlice()
	case strings.HasPrefix(last, "-"):
		candidates = flags(node)
	default:
		candidates = names(node)
	}
	return slices.DeleteFunc(candidates, func(candidate string) bool { return !strings.HasPrefix(candidate, last) })
}

// child is the command of that name below a node, or nil.
func child(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// takesValue is the flag that a word names, if its value is the next word.
func takesValue(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			if word == "--"+flag.Name && !flag.IsBool() {
				return flag
			}
		}
	}
	return nil
}

func flags(node *kong.Node) []string {
	var all []string
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			all = append(all, "--"+flag.Name)
		}
	}
	return all
}

// names are the commands below a node, and the values of its arguments where
// there are but a few.
func names(node *kong.Node) []string {
	var all []string
	for _, child := range node.Children {
		if !child.Hidden {
			all = append(all, child.Name)
		}
	}
	for _, argument := range node.Positional {
		if argument.Enum != "" {
			all = append(all, argument.EnumSlice()...)
		}
	}
	return all
}
