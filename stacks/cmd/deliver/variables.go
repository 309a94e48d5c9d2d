package main

import (
	"context"
	"fmt"
	"strings"
)

// githubVariablesCommand prints the `gh variable set` lines that the workflows need,
// from the stacks' outputs.
type githubVariablesCommand struct {
	target
}

func (c githubVariablesCommand) Run(ctx context.Context, a *app) error {
	bootstrap, err := a.pulumi.Outputs(ctx, project(bootstrapLayer), c.name())
	if err != nil {
		return fmt.Errorf("reading the outputs of bootstrap in %s: deploy it first (make bootstrap), with PULUMI_BACKEND_URL set: %w", c.name(), err)
	}
	region, err := a.pulumi.Config(ctx, project(computeLayer), c.name(), "aws:region")
	if err != nil || region == "" {
		return fmt.Errorf("there is no value for AWS_REGION: set it (pulumi config set aws:region <region> --stack %s)", c.name())
	}
	lines := []string{variable("AWS_REGION", region)}
	for _, from := range []struct{ variable, output string }{
		{"PULUMI_BACKEND_URL", "stateBackendUrl"},
		{"AWS_ROLE_TO_ASSUME_CI", "githubActionsCiRoleArn"},
		{"AWS_ROLE_TO_ASSUME_CD", "githubActionsCdRoleArn"},
		{"AWS_ROLE_TO_ASSUME_PREVIEW", "githubActionsPreviewRoleArn"},
		{"AWS_ROLE_TO_ASSUME_DRIFT", "githubActionsDriftRoleArn"},
	} {
		value := text(bootstrap, from.output)
		if value == "" {
			return fmt.Errorf("there is no value for %s: bootstrap has no output %s", from.variable, from.output)
		}
		lines = append(lines, variable(from.variable, value))
	}
	// The key has a value only where cd is bound to a GitHub environment.
	if environment, err := a.pulumi.Config(ctx, project(bootstrapLayer), c.name(), "githubEnvironment"); err == nil && environment != "" {
		lines = append(lines, variable("CD_ENVIRONMENT", environment))
	}
	repositories, err := c.repositories(ctx, a)
	if err != nil {
		return err
	}
	for _, line := range append(lines, repositories...) {
		fmt.Fprintln(a.stdout, line)
	}
	return nil
}

// repositories returns the lines for the image repositories, which compute's first
// deployment makes.
func (c githubVariablesCommand) repositories(ctx context.Context, a *app) ([]string, error) {
	stacks, err := a.pulumi.Stacks(ctx, project(computeLayer))
	if err != nil {
		return nil, err
	}
	outputs := map[string]any{}
	if _, exists := find(stacks, c.name()); exists {
		if outputs, err = a.pulumi.Outputs(ctx, project(computeLayer), c.name()); err != nil {
			return nil, err
		}
	}
	api, worker := text(outputs, "ecrApiRepositoryUrl"), text(outputs, "ecrWorkerRepositoryUrl")
	if api == "" || worker == "" {
		fmt.Fprintln(a.stderr, "# ECR_REPO_API and ECR_REPO_WORKER follow with the first deployment of compute: run this again then")
		return nil, nil
	}
	return []string{variable("ECR_REPO_API", api), variable("ECR_REPO_WORKER", worker)}, nil
}

// variable is one line, its value quoted for a shell.
func variable(name, value string) string {
	return fmt.Sprintf("gh variable set %s --body '%s'", name, strings.ReplaceAll(value, "'", `'\''`))
}
