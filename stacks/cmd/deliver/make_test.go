package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makes runs a target of the workspace with a pulumi that writes down its arguments and
// what it reads, a line each.
func makes(t *testing.T, args ...string) (arguments []string, stdin string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: make compiles the command")
	}
	if runtime.GOOS == "windows" {
		t.Skip("a shell script is not a program on Windows")
	}
	root, err := workspace.Root()
	require.NoError(t, err)
	bin, record := t.TempDir(), filepath.Join(t.TempDir(), "record")
	script := "#!/bin/sh\n{ printf '%s\\n' \"$@\"; printf 'stdin: '; cat; } >>" + record + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700))
	command := exec.CommandContext(t.Context(), "make", append([]string{"-C", root, "ENV=prod"}, args...)...)
	command.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"MAKEFLAGS=", "MESSAGE=", "API_IMAGE_TAG=", "WORKER_IMAGE_TAG=")
	command.Stdin = strings.NewReader("yes")
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	recorded, err := os.ReadFile(record)
	require.NoError(t, err)
	all, stdin, _ := strings.Cut(string(recorded), "stdin: ")
	return strings.Fields(all), stdin
}

func TestMake_withTags_deploysThem(t *testing.T) {
	for target, flags := range map[string]string{"up": "--refresh --diff", "preview": "--diff"} {
		t.Run(target, func(t *testing.T) {
			args, stdin := makes(t, target, "API_IMAGE_TAG=sha-aaaaaaa", "WORKER_IMAGE_TAG=sha-bbbbbbb", "PULUMI_FLAGS="+flags)
			require.Greater(t, len(args), 7, args)
			assert.Equal(t, []string{"-C", ".", target, "--stack", "prod", "--config-file"}, args[:6])
			assert.Equal(t, "Pulumi.prod.yaml", filepath.Base(args[6]))
			assert.NoFileExists(t, args[6], "a copy")
			assert.Equal(t, append([]string{
				"--config=ingest-compute:apiImageTag=sha-aaaaaaa", "--config=ingest-compute:workerImageTag=sha-bbbbbbb",
			}, strings.Fields(flags)...), args[7:])
			assert.Equal(t, "yes", stdin, "pulumi asks")
		})
	}
}

func TestMake_withOneTag_namesOneImage(t *testing.T) {
	args, _ := makes(t, "up", "WORKER_IMAGE_TAG=sha-bbbbbbb")
	require.Len(t, args, 8)
	assert.Equal(t, "--config=ingest-compute:workerImageTag=sha-bbbbbbb", args[7])
}

func TestMake_withoutTags_isPulumi(t *testing.T) {
	for _, target := range []string{"up", "preview"} {
		args, stdin := makes(t, target, "PULUMI_FLAGS=--diff")
		assert.Equal(t, []string{"-C", ".", target, "--stack", "prod", "--diff"}, args)
		assert.Equal(t, "yes", stdin)
	}
	args, _ := makes(t, "up", "STACK=data-config", "API_IMAGE_TAG=sha-aaaaaaa")
	assert.Equal(t, []string{"-C", "stacks/data-config", "up", "--stack", "prod"}, args, "only compute has images")
}
