package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"
)

// reportLimit is how many characters of a stack a report shows. GitHub takes 65,536
// in a comment or an issue; three stacks and the words around them have to fit.
const reportLimit = 20_000

// layers are the stacks, the lowest first.
var layers = []string{bootstrapLayer, dataLayer, computeLayer}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// plain returns text without the escape sequences of a terminal, cut to the limit.
func plain(text string) string {
	text = escapes.ReplaceAllString(text, "")
	count := utf8.RuneCountInString(text)
	if count <= reportLimit {
		return text
	}
	return fmt.Sprintf("%s\n… cut here; the job's log has all %d characters", string([]rune(text)[:reportLimit]), count)
}

// section returns the part of one stack in a report: its heading, who applies it,
// what was found, and the folded output of pulumi. The fence is longer than any that
// a resource's description is likely to hold.
func section(layer, env, verdict, findings, output string) string {
	applied := "Applied by the workflow `cd` after a merge to main."
	if layer != computeLayer {
		applied = fmt.Sprintf("Not applied by any workflow: an administrator applies it with `make up STACK=%s ENV=%s`.", layer, env)
	}
	return fmt.Sprintf("#### `%s`: %s\n\n%s\n\n%s<details><summary>Output of pulumi</summary>\n\n~~~~~~~~~~diff\n%s\n~~~~~~~~~~\n\n</details>\n\n",
		layer, verdict, applied, findings, plain(output))
}

// writeReport writes a file of a report below a folder.
func writeReport(folder, name, content string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600)
}
