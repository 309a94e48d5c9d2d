package pulumi

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// install puts a program named pulumi on the path. Its body is a shell script.
func install(t *testing.T, body string) (*CLI, *bytes.Buffer) {
	t.Helper()
	return installVersion(t, "v3.259.0", body)
}

func installVersion(t *testing.T, version, body string) (*CLI, *bytes.Buffer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script is not a program on Windows")
	}
	bin := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" != version ] || { echo " + version + "; exit; }\n" + body
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("PULUMI_BACKEND_URL", "")
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "stacks", "data-config"), 0o700))
	var out bytes.Buffer
	return &CLI{Root: root, Stdout: &out, Stderr: &out}, &out
}

var dataConfig = Project{Folder: "stacks/data-config", Backend: "s3://state"}

func TestStacks(t *testing.T) {
	cli, _ := install(t, `case "$PULUMI_BACKEND_URL $*" in
"s3://state stack ls --json --non-interactive" | "s3://state --non-interactive stack ls --json")
  [ "${PWD##*/}" = data-config ] && echo '[{"name": "acme/prod", "resourceCount": 12}, {"name": "new"}]' ;;
*) echo "$PULUMI_BACKEND_URL $*" >&2; exit 9 ;;
esac`)
	stacks, err := cli.Stacks(t.Context(), dataConfig)
	require.NoError(t, err)
	assert.Equal(t, []Stack{{"prod", 12}, {"new", 0}}, stacks)

	_, err = cli.Stacks(t.Context(), Project{Folder: "."})
	assert.ErrorContains(t, err, "exit status 9")
}

func TestBackendURL(t *testing.T) {
	cli, _ := install(t, `case "$*" in *"whoami --json"*) echo '{"user": "ops", "url": "s3://state"}' ;; esac`)
	backend, err := cli.BackendURL(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "s3://state", backend)

	cli, _ = install(t, `echo 'error: PULUMI_ACCESS_TOKEN must be set' >&2; exit 3`)
	_, err = cli.BackendURL(t.Context())
	assert.EqualError(t, err, "pulumi -C . whoami --json failed with status 3: error: PULUMI_ACCESS_TOKEN must be set")
}

// A pulumi that is built from source does not know its version.
func TestStacks_pulumiWithoutVersion(t *testing.T) {
	cli, _ := installVersion(t, "", "echo '[]'")
	_, err := cli.Stacks(t.Context(), dataConfig)
	assert.NoError(t, err)
}

func TestOutputs(t *testing.T) {
	cli, _ := install(t, `echo '{"url": "http://alb", "'"$PULUMI_BACKEND_URL"'": 1}'`)
	outputs, err := cli.Outputs(t.Context(), dataConfig, "prod")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"url": "http://alb", "s3://state": 1.0}, outputs)
}

func TestRun_passesArgumentsWithSpaces(t *testing.T) {
	cli, out := install(t, `for argument; do echo "<$argument>"; done; exit 3`)
	err := cli.Run(t.Context(), dataConfig, "up", "--message=two words")
	var failed *Error
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, 3, failed.Status)
	assert.Equal(t, "<-C>\n<stacks/data-config>\n<--non-interactive>\n<up>\n<--message=two words>\n", out.String())
	assert.Equal(t, out.String(), failed.Output)
	assert.EqualError(t, err, "pulumi -C stacks/data-config --non-interactive up --message=two words failed with status 3")
}

func TestRun_bothOutputsAtOnce_areWhole(t *testing.T) {
	const lines = 3000
	cli, out := install(t, fmt.Sprintf(`i=0; while [ $i -lt %[1]d ]; do echo "out $i"; i=$((i+1)); done &
i=0; while [ $i -lt %[1]d ]; do echo "err $i" >&2; i=$((i+1)); done
wait; exit 3`, lines))
	var failed *Error
	require.ErrorAs(t, cli.Run(t.Context(), dataConfig, "preview"), &failed)
	for name, output := range map[string]string{"shown": out.String(), "kept": failed.Output} {
		seen := map[string]bool{}
		for line := range strings.Lines(output) {
			seen[line] = true
		}
		for i := range lines {
			if !seen[fmt.Sprintf("out %d\n", i)] || !seen[fmt.Sprintf("err %d\n", i)] {
				assert.Failf(t, "lines are missing", "%s: first of them %d, of %d", name, i, lines)
				break
			}
		}
	}
}

func TestRun_withoutPulumi(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cli := &CLI{Root: t.TempDir(), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
	const want = "pulumi is not installed: https://www.pulumi.com/docs/install"
	require.EqualError(t, cli.Run(t.Context(), Project{Folder: "."}, "up"), want)
	_, err := cli.Stacks(t.Context(), Project{Folder: "."})
	assert.EqualError(t, err, want)
}

func TestErrorLocked(t *testing.T) {
	const text = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with ` + "`pulumi cancel`" + `.
  file:///state/.pulumi/locks/0a1b.json: created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z
`
	holders, is := (&Error{Output: text + text}).Locked()
	assert.True(t, is)
	assert.Equal(t, []string{"file:///state/.pulumi/locks/0a1b.json: created by ci@runner-7 (pid 1) at 2026-01-02T03:04:05Z"}, holders)

	_, is = (&Error{Output: "error: [409] Conflict: Another update is currently in progress.\n"}).Locked()
	assert.True(t, is)
	_, is = (&Error{Output: "error: update failed\n"}).Locked()
	assert.False(t, is)
}
