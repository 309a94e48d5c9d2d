package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// newApp returns an app with an empty workspace, and what it prints on both streams.
func newApp(t *testing.T, env map[string]string) (*app, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	variables := environment{}
	for name, value := range env {
		variables[name] = value
	}
	return &app{root: t.TempDir(), stdin: strings.NewReader(""), stdout: &out, stderr: &out, env: variables}, &out
}

func TestRun_wrongCall_status2(t *testing.T) {
	var out bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"versions", "--unknown"}, nil, &out, &out, nil))
	assert.Equal(t, "error: unknown flag --unknown\n", out.String())
}

func TestRun_help(t *testing.T) {
	var out bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--help"}, nil, &out, &out, nil))
	assert.Contains(t, out.String(), "versions")
}

func TestRun_ofThisWorkspace(t *testing.T) {
	var out bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"versions"}, nil, &out, &out, nil))
	assert.Regexp(t, `^go=1\.\d+[.\d]*\npulumi=3\.\d+\.\d+\n$`, out.String())
}

func TestPrintError_inGitHubActions_isOneAnnotation(t *testing.T) {
	var out bytes.Buffer
	printError(&out, environment{"GITHUB_ACTIONS": "true"}, errors.New("one\ntwo"))
	assert.Equal(t, "::error::one%0Atwo\n", out.String())
}

func TestEnvironmentNeed_namesAllThatAreMissing(t *testing.T) {
	env := newEnvironment([]string{"A=1", "B="})
	assert.NoError(t, env.need("A"))
	assert.EqualError(t, env.need("A", "B", "C"), "not set: B C")
}
