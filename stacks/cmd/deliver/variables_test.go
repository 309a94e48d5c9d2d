package main

import (
	"bytes"
	"testing"

	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const bootstrapLines = `gh variable set AWS_REGION --body 'eu-central-1'
gh variable set PULUMI_BACKEND_URL --body 's3://state?region=eu-central-1'
gh variable set AWS_ROLE_TO_ASSUME_CI --body 'arn:ci'
gh variable set AWS_ROLE_TO_ASSUME_CD --body 'arn:cd'
gh variable set AWS_ROLE_TO_ASSUME_PREVIEW --body 'arn:preview'
gh variable set AWS_ROLE_TO_ASSUME_DRIFT --body 'arn:drift'
`

// deployed is pulumi with bootstrap deployed, and compute as given.
func deployed(compute map[string]any, githubEnvironment string) *fakePulumi {
	return &fakePulumi{
		stacks: func(pulumi.Project) ([]pulumi.Stack, error) {
			if compute == nil {
				return nil, nil
			}
			return []pulumi.Stack{{Name: "prod"}}, nil
		},
		outputs: func(p pulumi.Project, _ string) (map[string]any, error) {
			if p.Folder == "." {
				return compute, nil
			}
			return map[string]any{
				"stateBackendUrl":        "s3://state?region=eu-central-1",
				"githubActionsCiRoleArn": "arn:ci", "githubActionsCdRoleArn": "arn:cd",
				"githubActionsPreviewRoleArn": "arn:preview", "githubActionsDriftRoleArn": "arn:drift",
			}, nil
		},
		config: func(_ pulumi.Project, _, key string) (string, error) {
			if key == "aws:region" {
				return "eu-central-1", nil
			}
			if githubEnvironment == "" {
				return "", errRefused
			}
			return githubEnvironment, nil
		},
	}
}

func printsVariables(t *testing.T, f *fakePulumi) (stdout, stderr string, err error) {
	t.Helper()
	a, out := newApp(t, nil)
	var second bytes.Buffer
	a.pulumi, a.stderr = f, &second
	err = githubVariablesCommand{target{"prod"}}.Run(t.Context(), a)
	return out.String(), second.String(), err
}

func TestGithubVariables_comeFromTheOutputs(t *testing.T) {
	repositories := map[string]any{"ecrApiRepositoryUrl": "ecr/api", "ecrWorkerRepositoryUrl": "ecr/worker"}
	stdout, stderr, err := printsVariables(t, deployed(repositories, "it's production"))
	require.NoError(t, err)
	assert.Empty(t, stderr)
	assert.Equal(t, bootstrapLines+`gh variable set CD_ENVIRONMENT --body 'it'\''s production'
gh variable set ECR_REPO_API --body 'ecr/api'
gh variable set ECR_REPO_WORKER --body 'ecr/worker'
`, stdout)
}

func TestGithubVariables_beforeComputeIsDeployed(t *testing.T) {
	for _, compute := range []map[string]any{nil, {}} {
		stdout, stderr, err := printsVariables(t, deployed(compute, ""))
		require.NoError(t, err)
		assert.Equal(t, bootstrapLines, stdout)
		assert.Equal(t, "# ECR_REPO_API and ECR_REPO_WORKER follow with the first deployment of compute: run this again then\n", stderr)
	}
}

func TestGithubVariables_whatCannotBeRead_isAnError(t *testing.T) {
	for want, change := range map[string]func(f *fakePulumi){
		"reading the outputs of bootstrap in prod: deploy it first (make bootstrap), with PULUMI_BACKEND_URL set: refused": func(f *fakePulumi) {
			f.outputs = func(pulumi.Project, string) (map[string]any, error) { return nil, errRefused }
		},
		"there is no value for PULUMI_BACKEND_URL: bootstrap has no output stateBackendUrl": func(f *fakePulumi) {
			f.outputs = func(pulumi.Project, string) (map[string]any, error) { return map[string]any{}, nil }
		},
		"there is no value for AWS_REGION: set it (pulumi config set aws:region <region> --stack prod)": func(f *fakePulumi) {
			f.config = func(pulumi.Project, string, string) (string, error) { return "", errRefused }
		},
		"refused": func(f *fakePulumi) {
			f.stacks = func(pulumi.Project) ([]pulumi.Stack, error) { return nil, errRefused }
		},
	} {
		f := deployed(nil, "")
		change(f)
		stdout, _, err := printsVariables(t, f)
		require.EqualError(t, err, want)
		assert.Empty(t, stdout, "half of the variables are not printed")
	}
}
