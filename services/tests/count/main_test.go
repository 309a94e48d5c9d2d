package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClassOf(t *testing.T) {
	for name, want := range map[string]string{
		"services/worker/consumer/poll.go":                  product,
		"components/compute/worker.go":                      product,
		"services/worker/consumer/poll_test.go":             tests,
		"services/internal/fakeaws/fakesqs/send.go":         scaffolding,
		"services/internal/fakeaws/fakesqs/queues_test.go":  tests,
		"stacks/internal/testing/engine/engine.go":          scaffolding,
		"components/internal/testing/policyeval/policy.go":  scaffolding,
		"services/tests/mutants/main.go":                    scaffolding,
		"services/internal/standin/queues/send.go":          scaffolding,
		"scripts/lib.bash":                                  shell,
		".ci/run":                                           shell,
		".golangci/rules.go":                                "",
		"docs/contract.md":                                  "",
		"services/internal/payload/testdata/generate.py":    "",
		"services/ingestctl/internal/completion/compl.go":   product,
		"stacks/cmd/deliver/internal/pulumi/pulumi_test.go": tests,
	} {
		assert.Equal(t, want, classOf(name), name)
	}
}

func TestRun_countsWorkingTreeAndCommit(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o600))
	}
	git := func(args ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		command.Dir = root
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	git("init", "-q")
	write("a/a.go", "package a\n\nconst Key = \"workerVisibilityTimeout\"\n")
	write("a/a_test.go", "package a\n")
	git("add", ".")
	git("commit", "-q", "-m", "a")
	write("b/b.go", "package b\n")
	write("a/run.sh", "#!/bin/sh\n")

	var before, after, problems bytes.Buffer
	require.Zero(t, run([]string{"-root", root, "-commit", "HEAD"}, &before, &problems), problems.String())
	require.Zero(t, run([]string{"-root", root}, &after, &problems), problems.String())
	assert.Equal(t, `               LINES  FILES  PACKAGES
product            3      1         1
scaffolding        0      0         0
tests              1      1          
shell              0      0          

1 files name the setting workerVisibilityTimeout:
  a/a.go
`, before.String())
	assert.Equal(t, `               LINES  FILES  PACKAGES
product            4      2         2
scaffolding        0      0         0
tests              1      1          
shell              1      1          

1 files name the setting workerVisibilityTimeout:
  a/a.go
`, after.String())
	assert.Equal(t, 1, run([]string{"-root", root, "-commit", "missing"}, &after, &problems))
}
