package main

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// configured is a repository whose variables are all set.
var configured = map[string]string{
	"REPOSITORY": "acme/ingest", "REF": "refs/heads/main", "PRIVATE": "false",
	"AWS_REGION":                 "eu-central-1",
	"PULUMI_BACKEND_URL":         "s3://state?region=eu-central-1",
	"AWS_ROLE_TO_ASSUME_CI":      "arn:aws:iam::123456789012:role/ingest-ci",
	"AWS_ROLE_TO_ASSUME_PREVIEW": "arn:aws:iam::123456789012:role/ingest-preview",
	"ECR_REPO_API":               apiRepository,
	"ECR_REPO_WORKER":            workerRepository,
}

func TestCIPlan_credentials_onlyWhereAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		env                     map[string]string
		preview, images, attest string
		says                    []string
	}{
		"own pull request": {
			env:     map[string]string{"EVENT_NAME": "pull_request", "HEAD_REPOSITORY": "acme/ingest", "AUTHOR": "someone"},
			preview: "true", images: "false", attest: "false",
		},
		"fork": {
			env:     map[string]string{"EVENT_NAME": "pull_request", "HEAD_REPOSITORY": "mallory/ingest"},
			preview: "false", images: "false", attest: "false",
			says: []string{"Left out: the preview of data-config and compute, since the pull request comes from a fork"},
		},
		"fork that was deleted": {
			env:     map[string]string{"EVENT_NAME": "pull_request", "HEAD_REPOSITORY": ""},
			preview: "false", images: "false", attest: "false",
			says: []string{"comes from a fork"},
		},
		"Dependabot": {
			env:     map[string]string{"EVENT_NAME": "pull_request", "HEAD_REPOSITORY": "acme/ingest", "AUTHOR": "dependabot[bot]"},
			preview: "false", images: "false", attest: "false",
			says: []string{"unreviewed code gets no credentials"},
		},
		"pull request before the variables are set": {
			env: map[string]string{
				"EVENT_NAME": "pull_request", "HEAD_REPOSITORY": "acme/ingest", "PULUMI_BACKEND_URL": "", "AWS_ROLE_TO_ASSUME_PREVIEW": "",
			},
			preview: "false", images: "false", attest: "false",
			says: []string{"not set yet: PULUMI_BACKEND_URL AWS_ROLE_TO_ASSUME_PREVIEW (make github-variables"},
		},
		"main": {
			env:     map[string]string{"EVENT_NAME": "push"},
			preview: "false", images: "true", attest: "true",
		},
		"on demand": {
			env:     map[string]string{"EVENT_NAME": "workflow_dispatch"},
			preview: "false", images: "true", attest: "true",
		},
		"on demand elsewhere": {
			env:     map[string]string{"EVENT_NAME": "workflow_dispatch", "REF": "refs/heads/topic"},
			preview: "false", images: "false", attest: "false",
			says: []string{"images are built on main only, this is refs/heads/topic"},
		},
		"main before compute exists": {
			env:     map[string]string{"EVENT_NAME": "push", "ECR_REPO_API": "", "ECR_REPO_WORKER": ""},
			preview: "false", images: "false", attest: "false",
			says: []string{"not set yet: ECR_REPO_API ECR_REPO_WORKER (make github-variables", "since no images are pushed"},
		},
		"private repository": {
			env:     map[string]string{"EVENT_NAME": "push", "PRIVATE": "true"},
			preview: "false", images: "true", attest: "false",
			says: []string{"ATTEST_PRIVATE"},
		},
		"private repository of an enterprise": {
			env:     map[string]string{"EVENT_NAME": "push", "PRIVATE": "true", "ATTEST_PRIVATE": "true"},
			preview: "false", images: "true", attest: "true",
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := maps.Clone(configured)
			maps.Copy(env, c.env)
			r := in(t, t.TempDir(), env, func(a *app) error { return ciPlanCommand{}.Run(t.Context(), a) })
			require.NoError(t, r.err)
			assert.Equal(t, map[string]string{"preview": c.preview, "images": c.images, "attest": c.attest}, r.outputs)
			if len(c.says) == 0 {
				assert.Empty(t, r.summary)
			}
			for _, says := range c.says {
				assert.Contains(t, r.summary, says)
			}
		})
	}
}
