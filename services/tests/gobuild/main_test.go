package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module writes a module of one program, changes to its folder and turns the
// workspace off.
func module(t *testing.T, source string) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/program\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "main.go"), []byte(source), 0o600))
	t.Chdir(root)
}

func TestRun_secondBuild_writesNothing(t *testing.T) {
	// The folder's name makes a source that no earlier run compiled.
	module(t, "package main\n\nconst unique = `"+t.TempDir()+"`\n\nfunc main() { println(unique) }\n")
	var first, second bytes.Buffer
	require.NoError(t, run([]string{"GOWORK=off", "-o", "program", "."}, &first, time.Hour))
	assert.FileExists(t, "program")
	assert.Contains(t, first.String(), "compiling .")
	assert.Contains(t, first.String(), "compiled 1 packages in ")
	require.NoError(t, run([]string{"GOWORK=off", "-o", "program", "."}, &second, time.Hour))
	assert.Empty(t, second.String())
}

func TestRun_withoutOutput_linksOnce(t *testing.T) {
	module(t, "package main\n\nconst unique = `"+t.TempDir()+"`\n\nfunc main() { panic(unique) }\n")
	t.Setenv("GOWORK", "off")
	commands := func() string {
		output, err := exec.Command("go", "run", "-n", "-exec", "go version", ".").CombinedOutput()
		require.NoError(t, err)
		return string(output)
	}
	assert.Contains(t, commands(), "/link -o")
	var first, second bytes.Buffer
	require.NoError(t, run([]string{"GOWORK=off", "."}, &first, time.Hour), "it is not run")
	assert.Contains(t, first.String(), "compiled 1 packages in ")
	require.NoError(t, run([]string{"GOWORK=off", "."}, &second, time.Hour))
	assert.Empty(t, second.String())
	assert.NotContains(t, commands(), "/link -o", "go run has it")
}

func TestRun_sourceDoesNotCompile_errorHasTheCompilersOutput(t *testing.T) {
	module(t, "package main\n\nfunc main() { undefined() }\n")
	err := run([]string{"GOWORK=off", "."}, &bytes.Buffer{}, time.Hour)
	require.ErrorContains(t, err, "undefined: undefined")
}

func TestRun_neitherFileNorPackage_isAnErrorWithTheUsage(t *testing.T) {
	for _, args := range [][]string{{"GOWORK=off"}, {"-race", "."}} {
		require.ErrorContains(t, run(args, &bytes.Buffer{}, time.Hour), "usage: gobuild", args)
	}
}

func TestFollow_longBuild_reportsEachInterval(t *testing.T) {
	lines := make(chan string)
	reports := make(chan string)
	done := make(chan string)
	go func() { done <- follow(lines, ".", writes(reports), time.Millisecond) }()
	lines <- "example.com/a"
	assert.Contains(t, <-reports, "compiling .")
	assert.Contains(t, <-reports, "  1 packages, ")
	go close(lines)
	for {
		select {
		case <-reports:
		case output := <-done:
			assert.Equal(t, "example.com/a\n", output)
			return
		}
	}
}

// writes sends each write to a channel.
type writes chan string

func (w writes) Write(line []byte) (int, error) {
	w <- string(line)
	return len(line), nil
}
