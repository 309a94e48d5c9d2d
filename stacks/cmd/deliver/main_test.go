package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newApp returns an app with an empty workspace, and what it prints on both streams.
func newApp(t *testing.T, env map[string]string) (*app, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	variables := environment{}
	for name, value := range env {
		variables[name] = value
	}
	return &app{root: t.TempDir(), stdout: &out, stderr: &out, env: variables}, &out
}

func TestRun_wrongCall_status2(t *testing.T) {
	var out bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"pulumi-version", "--unknown"}, nil, &out, &out, nil))
	assert.Equal(t, "error: unknown flag --unknown\n", out.String())
}

func TestRun_help(t *testing.T) {
	var out bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--help"}, nil, &out, &out, nil))
	assert.Contains(t, out.String(), "pulumi-version")
}

func TestRun_ofThisWorkspace(t *testing.T) {
	var out bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"pulumi-version"}, nil, &out, &out, nil))
	assert.Regexp(t, `^version=3\.\d+\.\d+\n$`, out.String())
}

func TestPrintError_inGitHubActions_isOneAnnotation(t *testing.T) {
	var out bytes.Buffer
	printError(&out, environment{"GITHUB_ACTIONS": "true"}, errors.New("one\ntwo"))
	assert.Equal(t, "::error::one%0Atwo\n", out.String())
}

func TestEnvironmentNeed_namesAllThatAreMissing(t *testing.T) {
	env := newEnvironment([]string{"A=1", "B="})
	require.NoError(t, env.need("A"))
	assert.EqualError(t, env.need("A", "B", "C"), "not set: B C")
}

func TestParse_variablesFillFlagsThatAreNotGiven(t *testing.T) {
	parse := func(env environment, args ...string) (commands, error) {
		var parsed commands
		parser, err := newParser(&parsed, env)
		require.NoError(t, err)
		_, err = parser.Parse(args)
		return parsed, err
	}
	env := environment{"ENV": "staging", "LOCK_PATIENCE": "1s", "API_IMAGE_TAG": "sha-a", "WORKER_IMAGE_TAG": ""}
	parsed, err := parse(env, "deploy")
	require.NoError(t, err)
	assert.Equal(t, deployCommand{target: target{"staging"}, APIImageTag: "sha-a", LockPatience: time.Second, LockInterval: 20 * time.Second}, parsed.Deploy)

	parsed, err = parse(env, "destroy", "compute", "--env", "prod", "--", "--yes", "--target", "a b")
	require.NoError(t, err)
	assert.Equal(t, destroyCommand{Stack: "compute", target: target{"prod"}, Flags: []string{"--yes", "--target", "a b"}}, parsed.Destroy)

	_, err = parse(environment{"ENV": "../prod"}, "bootstrap")
	require.EqualError(t, err, "--env: ENV is '../prod'; allowed: up to 12 lower-case letters and digits, a letter first")
	_, err = parse(nil, "destroy", "network")
	assert.EqualError(t, err, `<stack> must be one of "compute","data-config","bootstrap" but got "network"`)
}
