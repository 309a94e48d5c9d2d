package main

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStackInit_usesTheKeyOfBootstrap(t *testing.T) {
	a, _ := newApp(t, nil)
	f := &fakePulumi{
		// Bootstrap is named after the first environment, and a stack may be empty.
		stacks: func(p pulumi.Project) ([]pulumi.Stack, error) {
			assert.Equal(t, "stacks/bootstrap", p.Folder)
			return []pulumi.Stack{{Name: "old"}, {Name: "prod", Resources: 52}}, nil
		},
		outputs: func(_ pulumi.Project, stack string) (map[string]any, error) {
			assert.Equal(t, "prod", stack)
			return map[string]any{"secretsProvider": kmsURL}, nil
		},
		run: func(pulumi.Project, []string) error { return nil },
	}
	a.pulumi = f
	command := stackInitCommand{Stack: dataLayer, target: target{"staging"}, Flags: []string{"--no-select"}}
	require.NoError(t, command.Run(t.Context(), a))
	assert.Equal(t, []string{"stacks/data-config : stack init staging --secrets-provider " + kmsURL + " --no-select (interactive)"}, f.calls)
}

func TestStackInit_givenProvider_needsNoBootstrap(t *testing.T) {
	a, _ := newApp(t, nil)
	f := &fakePulumi{run: func(pulumi.Project, []string) error { return nil }}
	a.pulumi = f
	command := stackInitCommand{Stack: computeLayer, target: target{"local"}, SecretsProvider: "passphrase"}
	require.NoError(t, command.Run(t.Context(), a))
	assert.Equal(t, []string{". : stack init local --secrets-provider passphrase (interactive)"}, f.calls)
}

func TestStackInit_withoutBootstrap_saysHowToGoOn(t *testing.T) {
	for want, f := range map[string]*fakePulumi{
		"refused": {stacks: func(pulumi.Project) ([]pulumi.Stack, error) { return nil, errRefused }},
		"bootstrap is not deployed on this backend": {stacks: func(pulumi.Project) ([]pulumi.Stack, error) { return nil, nil }},
		"it has no output secretsProvider": {
			stacks:  func(pulumi.Project) ([]pulumi.Stack, error) { return []pulumi.Stack{{Name: "prod", Resources: 1}}, nil },
			outputs: func(pulumi.Project, string) (map[string]any, error) { return map[string]any{}, nil },
		},
	} {
		a, _ := newApp(t, nil)
		a.pulumi = f
		err := stackInitCommand{Stack: dataLayer, target: target{"prod"}}.Run(t.Context(), a)
		assert.EqualError(t, err, "the secrets provider is an output of bootstrap, which cannot be read: deploy it first (make bootstrap), or set SECRETS_PROVIDER: "+want)
	}
}
