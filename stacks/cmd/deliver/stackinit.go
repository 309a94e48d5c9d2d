package main

import (
	"context"
	"errors"
	"fmt"
)

// stackInitCommand makes a stack whose secrets are encrypted with bootstrap's key,
// or with the provider that the variable SECRETS_PROVIDER names.
type stackInitCommand struct {
	Stack string `arg:"" enum:"compute,data-config,bootstrap" help:"Stack: compute, data-config or bootstrap."`
	target
	SecretsProvider string   `from:"SECRETS_PROVIDER" help:"Secrets provider of the stack (variable SECRETS_PROVIDER); bootstrap's key by default."`
	Flags           []string `arg:"" optional:"" help:"Flags of pulumi stack init, after --."`
}

func (c stackInitCommand) Run(ctx context.Context, a *app) error {
	provider := c.SecretsProvider
	if provider == "" {
		var err error
		if provider, err = keyOfBootstrap(ctx, a.pulumi); err != nil {
			return fmt.Errorf("the secrets provider is an output of bootstrap, which cannot be read: deploy it first (make bootstrap), or set SECRETS_PROVIDER: %w", err)
		}
	}
	return a.pulumi.RunInteractive(ctx, project(c.Stack), append([]string{"stack", "init", c.name(), "--secrets-provider", provider}, c.Flags...)...)
}

// keyOfBootstrap returns bootstrap's output secretsProvider. Bootstrap is one stack
// for all environments, named after the first.
func keyOfBootstrap(ctx context.Context, cli pulumiCLI) (string, error) {
	outputs, err := bootstrapOutputs(ctx, cli)
	if err != nil {
		return "", err
	}
	if provider := text(outputs, "secretsProvider"); provider != "" {
		return provider, nil
	}
	return "", errors.New("it has no output secretsProvider")
}

// bootstrapOutputs returns the outputs of the one stack of bootstrap.
func bootstrapOutputs(ctx context.Context, cli pulumiCLI) (map[string]any, error) {
	p := project(bootstrapLayer)
	stacks, err := cli.Stacks(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, stack := range stacks {
		if stack.Resources > 0 {
			return cli.Outputs(ctx, p, stack.Name)
		}
	}
	return nil, errors.New("bootstrap is not deployed on this backend")
}
