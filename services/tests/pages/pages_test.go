// Package pages checks the documentation against the repository: its links, and
// the commands, paths and functions that it names.
package pages

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestMain(m *testing.M) {
	status := m.Run()
	proctest.Clean()
	os.Exit(status)
}

// pages are the contents of all pages, by their names relative to the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, name := range names {
			relative, err := filepath.Rel(root, name)
			require.NoError(t, err)
			found[filepath.ToSlash(relative)] = readFile(t, name)
		}
	}
	require.Contains(t, found, "README.md")
	require.Contains(t, found, "docs/architecture.md")
	return found
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

var (
	link    = regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	inline  = regexp.MustCompile("`([^`\n]+)`")
	block   = regexp.MustCompile(`(?m)^    \S.*$`)
)

// anchors are the fragments that the headings of a page can be linked by.
func anchors(content string) []string {
	var all []string
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(content, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, match[1]))
	}
	return all
}

func TestLinks_relative_resolve(t *testing.T) {
	all := pages(t)
	checked := 0
	for name, content := range all {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(content, ""), -1) {
			target, fragment, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			checked++
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("%s links to %s: %v", name, match[1], err)
				}
			}
			if fragment != "" {
				assert.Contains(t, anchors(all[path]), fragment, "%s links to %s", name, match[1])
			}
		}
	}
	assert.Greater(t, checked, 20)
}

func TestReadme_linksToEveryPage(t *testing.T) {
	all := pages(t)
	assert.LessOrEqual(t, strings.Count(all["README.md"], "\n"), 150, "lines of README.md")
	for name := range all {
		if name != "README.md" {
			assert.Contains(t, all["README.md"], "]("+name+")", "the README names no page %s", name)
		}
	}
}

// code is what a page shows as code: spans, and lines of blocks.
func code(content string) []string {
	var all []string
	for _, fenced := range fence.FindAllString(content, -1) {
		all = append(all, strings.Split(fenced, "\n")...)
	}
	content = fence.ReplaceAllString(content, "")
	for _, line := range block.FindAllString(content, -1) {
		all = append(all, strings.TrimSpace(line))
	}
	for _, match := range inline.FindAllStringSubmatch(content, -1) {
		all = append(all, match[1])
	}
	return all
}

func TestCommands_makeTargetsExist(t *testing.T) {
	rule := regexp.MustCompile(`(?m)^([a-z][a-z -]*):`)
	targets := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, "make", "*.mk"))
	require.NoError(t, err)
	for _, file := range append(files, filepath.Join(root, "Makefile")) {
		for _, match := range rule.FindAllStringSubmatch(readFile(t, file), -1) {
			for _, target := range strings.Fields(match[1]) {
				targets[target] = true
			}
		}
	}
	call := regexp.MustCompile(`(?:^|[\s;(])make((?: +[a-z][a-z-]*)+)`)
	checked := 0
	for name, content := range pages(t) {
		for _, line := range code(content) {
			for _, match := range call.FindAllStringSubmatch(line, -1) {
				for _, target := range strings.Fields(match[1]) {
					checked++
					assert.True(t, targets[target], "%s calls make %s, which is not a target: %s", name, target, line)
				}
			}
		}
	}
	assert.Greater(t, checked, 20)
}

func TestCommands_pathsExist(t *testing.T) {
	path := regexp.MustCompile(`(?:^|[\s("'=])((?:services|components|stacks|docs|scripts|make|\.ci|\.github)/[A-Za-z0-9_./*-]+)`)
	checked := 0
	for name, content := range pages(t) {
		if name == "CHANGELOG.md" {
			continue // names what was removed
		}
		for _, line := range code(content) {
			for _, match := range path.FindAllStringSubmatch(line, -1) {
				checked++
				found, err := filepath.Glob(filepath.Join(root, strings.TrimRight(match[1], "/.")))
				require.NoError(t, err)
				assert.NotEmpty(t, found, "%s names %s, which does not exist: %s", name, match[1], line)
			}
		}
	}
	assert.Greater(t, checked, 20)
}

// TestCommands_ingestctlParses runs each command line of ingestctl with --help,
// which ends it once commands and flags are known to exist.
func TestCommands_ingestctlParses(t *testing.T) {
	program := proctest.Build(t, "ingestctl")
	call := regexp.MustCompile(`^(?:\$ )?(?:bin/)?ingestctl((?: +[^\s|;)>#]+)+)`)
	lines := map[string]string{}
	for name, content := range pages(t) {
		for _, line := range code(content) {
			for _, match := range call.FindAllStringSubmatch(line, -1) {
				lines[strings.TrimSpace(match[1])] = name
			}
		}
	}
	require.Greater(t, len(lines), 20)
	for line, name := range lines {
		args := strings.Fields(line)
		// What the reader fills in, and what the page leaves out.
		args = slices.DeleteFunc(args, func(arg string) bool { return arg == "…" || arg == "..." })
		var output bytes.Buffer
		command := exec.CommandContext(t.Context(), program, append(args, "--help")...)
		command.Stdout, command.Stderr = &output, &output
		assert.NoError(t, command.Run(), "%s: ingestctl %s: %s", name, line, output.String())
	}
}

func TestPayloads_haveTheDeclaredFields(t *testing.T) {
	sent := regexp.MustCompile(`-d '(\{.*\})'`)
	checked := 0
	for name, content := range pages(t) {
		for _, match := range sent.FindAllStringSubmatch(content, -1) {
			var body struct {
				Data message.Fields `json:"data"`
			}
			checked++
			require.NoError(t, json.Unmarshal([]byte(match[1]), &body), name)
			assert.Equal(t, message.Example(), body.Data, name)
		}
	}
	assert.Positive(t, checked)
}
