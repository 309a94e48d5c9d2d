package main

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	product     = "product"
	scaffolding = "scaffolding"
	tests       = "tests"
	shell       = "shell"
)

// fakes are the folders of test scaffolding: helpers, and fakes of AWS and of
// Pulumi's engine. The second line has their names at commit 0dbed83.
var fakes = []string{
	"testing", "tests", "componentstest", "fakeaws", "fakecloud", "policyeval", "engine",
	"standin", "cloud", "mocktest", "proctest", "statestore", "delivery", "lifecycle",
}

// classOf returns the class of a file, or "" for a file that is not counted: the
// linter's rules, data, documentation and configuration.
func classOf(name string) string {
	folders := strings.Split(path.Dir(name), "/")
	switch extension := path.Ext(name); {
	case extension == ".sh", extension == ".bash", name == ".ci/run":
		return shell
	case extension != ".go", folders[0] == ".golangci":
		return ""
	case strings.HasSuffix(name, "_test.go"):
		return tests
	case slices.ContainsFunc(folders, func(folder string) bool { return slices.Contains(fakes, folder) }):
		return scaffolding
	default:
		return product
	}
}

// mayName reports whether a file may have to name a setting: a program, its test,
// a declaration or a page. Tests of whole programs only use settings.
func mayName(name string) bool {
	if strings.HasPrefix(name, "services/tests/") {
		return false
	}
	switch path.Ext(name) {
	case ".go":
		return true
	case ".yaml", ".md":
		return !strings.HasPrefix(name, ".") && name != "CHANGELOG.md" && name != "CONTRIBUTING.md" && name != "docs/architecture.md"
	}
	return false
}

// counts are what the command prints.
type counts struct {
	lines, files map[string]int
	packages     map[string]map[string]bool
	named        []string
}

func newCounts() *counts {
	return &counts{lines: map[string]int{}, files: map[string]int{}, packages: map[string]map[string]bool{}}
}

func (c *counts) add(name string, content []byte) {
	if class := classOf(name); class != "" {
		c.lines[class] += bytes.Count(content, []byte("\n"))
		c.files[class]++
		if c.packages[class] == nil {
			c.packages[class] = map[string]bool{}
		}
		c.packages[class][path.Dir(name)] = true
	}
	if mayName(name) && setting.Match(content) {
		c.named = append(c.named, name)
	}
}

func (c *counts) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%-12s %7s %6s %9s\n", "", "LINES", "FILES", "PACKAGES")
	for _, class := range []string{product, scaffolding, tests, shell} {
		packages := ""
		if class == product || class == scaffolding {
			packages = strconv.Itoa(len(c.packages[class]))
		}
		_, _ = fmt.Fprintf(w, "%-12s %7d %6d %9s\n", class, c.lines[class], c.files[class], packages)
	}
	_, _ = fmt.Fprintf(w, "\n%d files name the setting workerVisibilityTimeout:\n", len(c.named))
	for _, name := range c.named {
		_, _ = fmt.Fprintln(w, " ", name)
	}
}
