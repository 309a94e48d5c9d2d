package compute

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// ignoreRule is one line of a .dockerignore.
// https://docs.docker.com/build/concepts/context/#dockerignore-files
type ignoreRule struct {
	form *regexp.Regexp
	// keep is a line with "!": what it matches is in, whatever came before.
	keep bool
}

type ignoreRules []ignoreRule

// readIgnore reads the context's .dockerignore; without that file, nothing is
// ignored.
func readIgnore(context fs.FS) (ignoreRules, error) {
	data, err := fs.ReadFile(context, dockerignore)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dockerignore, err)
	}
	var rules ignoreRules
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, keep := strings.CutPrefix(line, "!")
		rules = append(rules, ignoreRule{form: ignoreForm(path.Clean(strings.TrimPrefix(strings.TrimSpace(pattern), "/"))), keep: keep})
	}
	return rules, nil
}

// match reports whether a file is left out; the last line that matches decides.
func (r ignoreRules) match(name string) bool {
	ignored := false
	for _, rule := range r {
		if rule.form.MatchString(name) {
			ignored = !rule.keep
		}
	}
	return ignored
}

// ignoreForm matches what a pattern names, and everything below it. A character
// class is taken literally, so it ignores too little: the tag then changes more
// often than it has to, never too seldom.
func ignoreForm(pattern string) *regexp.Regexp {
	var form strings.Builder
	form.WriteString("^")
	for rest := pattern; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "**/"):
			form.WriteString("(.*/)?")
			rest = rest[len("**/"):]
		case strings.HasPrefix(rest, "**"):
			form.WriteString(".*")
			rest = rest[len("**"):]
		case rest[0] == '*':
			form.WriteString("[^/]*")
			rest = rest[1:]
		case rest[0] == '?':
			form.WriteString("[^/]")
			rest = rest[1:]
		default:
			next := strings.IndexAny(rest[1:], "*?") + 1
			if next == 0 {
				next = len(rest)
			}
			form.WriteString(regexp.QuoteMeta(rest[:next]))
			rest = rest[next:]
		}
	}
	form.WriteString("(/.*)?$")
	return regexp.MustCompile(form.String())
}
