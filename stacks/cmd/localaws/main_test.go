package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_wrongCall_isRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"sideways"}, {"pulumi", "network", "preview"}, {"up", "--sett", "a=b"}} {
		var stdout, stderr strings.Builder
		assert.Equal(t, 2, run(t.Context(), args, nil, &stdout, &stderr), args)
		assert.Contains(t, stderr.String(), "error: ", args)
	}
	var stdout, stderr strings.Builder
	assert.Equal(t, 0, run(t.Context(), []string{"--help"}, nil, &stdout, &stderr))
	assert.Contains(t, stdout.String(), "preview")
}

func testSession(t *testing.T) *session {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	return &session{root: root, folder: t.TempDir(), stdout: &strings.Builder{}, stderr: &strings.Builder{}}
}

func TestSet_changesEachStackThatDeclaresTheKey(t *testing.T) {
	s := testSession(t)
	for given, want := range map[string][]setting{
		"workerDesiredCount=3":    {{compute, "workerDesiredCount", "3"}},
		"maxReceiveCount=7":       {{dataConfig, "maxReceiveCount", "7"}},
		"owner=a=b":               {{bootstrap, "owner", "a=b"}, {dataConfig, "owner", "a=b"}, {compute, "owner", "a=b"}},
		"githubBranch=production": {{bootstrap, "githubBranch", "production"}},
	} {
		found, err := s.find(given)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	}
	_, err := s.find("workerCount=3")
	require.ErrorContains(t, err, `no stack has a setting "workerCount"`)
	_, err = s.find("workerDesiredCount")
	require.ErrorContains(t, err, "allowed is KEY=VALUE")
}

func TestSettings_copied_withoutThoseOfAnEmulator(t *testing.T) {
	s := testSession(t)
	require.NoError(t, s.settings())
	for _, l := range layers {
		content := read(t, s.config(l))
		assert.Contains(t, content, "aws:region: us-east-1")
		assert.Contains(t, content, "encryptionsalt: v1:")
		assert.NotContains(t, content, "endpoints")
		assert.NotContains(t, content, "DesiredCount")
	}
	assert.Contains(t, read(t, s.config(compute)), "ingest-compute:apiImage: registry")
	assert.Equal(t, filepath.Join(s.folder, "compute.yaml"), s.config(compute))
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}
