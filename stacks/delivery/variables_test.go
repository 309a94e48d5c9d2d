package delivery

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// bootstrapOutputs are what `make outputs STACK=bootstrap` prints.
const bootstrapOutputs = `{
  "stateBackendUrl": "s3://ingest-pulumi-state-eu-central-1-123456789012?region=eu-central-1",
  "githubActionsCiRoleArn": "arn:aws:iam::123456789012:role/ingest-ci",
  "githubActionsCdRoleArn": "arn:aws:iam::123456789012:role/ingest-cd",
  "githubActionsPreviewRoleArn": "arn:aws:iam::123456789012:role/ingest-preview",
  "githubActionsDriftRoleArn": "arn:aws:iam::123456789012:role/ingest-drift"
}`

const computeOutputs = `{"ecrApiRepositoryUrl": "` + apiRepository + `", "ecrWorkerRepositoryUrl": "` + workerRepository + `"}`

const bootstrapLines = `gh variable set AWS_REGION --body 'eu-central-1'
gh variable set PULUMI_BACKEND_URL --body 's3://ingest-pulumi-state-eu-central-1-123456789012?region=eu-central-1'
gh variable set AWS_ROLE_TO_ASSUME_CI --body 'arn:aws:iam::123456789012:role/ingest-ci'
gh variable set AWS_ROLE_TO_ASSUME_CD --body 'arn:aws:iam::123456789012:role/ingest-cd'
gh variable set AWS_ROLE_TO_ASSUME_PREVIEW --body 'arn:aws:iam::123456789012:role/ingest-preview'
gh variable set AWS_ROLE_TO_ASSUME_DRIFT --body 'arn:aws:iam::123456789012:role/ingest-drift'
`

func variables(t *testing.T, replies ...reply) result {
	t.Helper()
	return script{Replies: append(replies,
		reply{Call: `^make .*outputs STACK=bootstrap ENV=prod$`, Stdout: bootstrapOutputs},
		reply{Call: `^pulumi config get aws:region --stack prod$`, Stdout: "eu-central-1\n"},
	)}.run(t, "github-variables.sh")
}

func TestGithubVariablesComeFromTheStacksOutputs(t *testing.T) {
	r := variables(t,
		reply{Call: `config get githubEnvironment`, Stdout: "\n"},
		reply{Call: `^make .*outputs STACK=compute ENV=prod$`, Stdout: computeOutputs})
	assert.Zero(t, r.Status, r.Output)
	assert.Equal(t, bootstrapLines+
		"gh variable set ECR_REPO_API --body '"+apiRepository+"'\n"+
		"gh variable set ECR_REPO_WORKER --body '"+workerRepository+"'\n", r.Output)
}

func TestGithubVariablesNameTheEnvironmentThatCDIsBoundTo(t *testing.T) {
	r := variables(t,
		reply{Call: `^pulumi -C stacks/bootstrap config get githubEnvironment --stack prod$`, Stdout: "production\n"},
		reply{Call: `^make .*outputs STACK=compute`, Stdout: computeOutputs})
	assert.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Output, "gh variable set CD_ENVIRONMENT --body 'production'\n")
}

func TestGithubVariablesBeforeComputeIsDeployed(t *testing.T) {
	for name, compute := range map[string]reply{
		"no stack":   {Stderr: "error: no stack named 'prod' found\n", Exit: 2},
		"no outputs": {Stdout: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			compute.Call = `^make .*outputs STACK=compute`
			r := variables(t, reply{Call: `config get githubEnvironment`, Exit: 1}, compute)
			assert.Zero(t, r.Status, r.Output)
			assert.Equal(t, bootstrapLines+"# ECR_REPO_API and ECR_REPO_WORKER follow with the first deployment of compute: run this again then\n", r.Output)
		})
	}
}

func TestGithubVariablesBeforeBootstrapIsDeployed(t *testing.T) {
	r := script{Replies: []reply{{Call: `^make .*outputs`, Stderr: "error: no stack named 'prod' found\n", Exit: 2}}}.run(t, "github-variables.sh")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "reading the outputs of bootstrap in prod: deploy it first (make bootstrap)")
}
