package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	call   = regexp.MustCompile("(?:go run \\./stacks/cmd/deliver|\\$\\(DELIVER\\)) ([^\\n;`]+)")
	values = strings.NewReplacer(
		`"$STACK"`, "compute", `$(STACK)`, "compute", `<stack>`, "compute", `"$service"`, "api", `$(ENV)`, "prod", `$(PULUMI_FLAGS)`, "--yes")
)

// Each call in the workflows, the files of make and the documentation is one that the
// command line accepts.
func TestParse_callsOfTheWorkspace(t *testing.T) {
	root, err := workspace.Root()
	require.NoError(t, err)
	calls := map[string]int{}
	for _, pattern := range []string{"*.md", "docs/*.md", ".github/workflows/*.yml", "make/*.mk"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, match := range call.FindAllStringSubmatch(string(content), -1) {
				var parsed commands
				parser, err := newParser(&parsed, environment{})
				require.NoError(t, err)
				_, err = parser.Parse(strings.Fields(values.Replace(match[1])))
				require.NoError(t, err, "%s: deliver %s", filepath.Base(file), match[1])
				calls[pattern]++
			}
		}
	}
	assert.GreaterOrEqual(t, calls[".github/workflows/*.yml"], 6)
	assert.GreaterOrEqual(t, calls["make/*.mk"], 6)
}
