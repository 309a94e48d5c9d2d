package lifecycle

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secretToken is the real token; only SSM may hold it as text.
const secretToken = "the-real-token-4f1c"

// The layers from nothing to nothing. What one part leaves the next begins with:
// each deployment takes seconds.
func TestStacks_fromFirstUpToDestroy(t *testing.T) { //nolint:tparallel // each part begins with what the one before has left
	t.Parallel()
	a := open(t)
	t.Run("up in order", func(t *testing.T) { upInOrder(t, a) })
	require.False(t, t.Failed())
	t.Run("outputs", func(t *testing.T) { outputs(t, a) })
	t.Run("unchanged", func(t *testing.T) { nothingChanges(t, a) })
	t.Run("token", func(t *testing.T) { tokenSurvives(t, a) })
	t.Run("images", func(t *testing.T) { oneServiceIsReplaced(t, a) })
	t.Run("deployed images are kept", func(t *testing.T) { deployedImagesAreKept(t, a) })
	t.Run("protected", func(t *testing.T) { dataIsProtected(t, a) })
	t.Run("destroy", func(t *testing.T) { destroyInOrder(t, a) })
}

func upInOrder(t *testing.T, a *account) {
	a.bootstrap.Init()
	a.describeRepository()
	a.bootstrap.Up().Succeeds(t)

	a.compute.Init()
	a.compute.Config("apiImageTag", "sha-0000001")
	a.compute.Config("workerImageTag", "sha-0000001")
	tooEarly := a.compute.Preview().Fails(t)
	assert.Contains(t, tooEarly.Text(), `unknown stack "organization/ingest-data-config/prod"`)

	a.data.Init()
	a.data.Up().Succeeds(t)

	// There is no repository to ask for a digest yet: a preview says what it can.
	a.compute.Preview().Succeeds(t)
	first := a.compute.Up().Fails(t)
	for _, service := range []string{"api", "worker"} {
		assert.Contains(t, first.Text(), "the ECR repository ingest-prod-"+service+` has no image tagged "sha-0000001". Push it:`)
	}
	a.push(t, "sha-0000001")
	a.compute.Up().Succeeds(t)
}

// The outputs of each layer, with the form of each.
var (
	bootstrapOutputs = map[string]string{
		"stateBucketName":              `^ingest-pulumi-state-us-east-1-\d{12}$`,
		"stateBackendUrl":              `^s3://ingest-pulumi-state-us-east-1-\d{12}\?region=us-east-1$`,
		"secretsProvider":              `^awskms://alias/ingest-pulumi\?region=us-east-1$`,
		"githubOidcProviderArn":        `^arn:aws:iam::\d{12}:oidc-provider/token.actions.githubusercontent.com$`,
		"githubActionsCiRoleArn":       `^arn:aws:iam::\d{12}:role/ingest-`,
		"githubActionsCiRoleName":      `^ingest-`,
		"githubActionsCdRoleArn":       `^arn:aws:iam::\d{12}:role/ingest-`,
		"githubActionsCdRoleName":      `^ingest-`,
		"githubActionsPreviewRoleArn":  `^arn:aws:iam::\d{12}:role/ingest-`,
		"githubActionsPreviewRoleName": `^ingest-`,
		"githubActionsDriftRoleArn":    `^arn:aws:iam::\d{12}:role/ingest-`,
		"githubActionsDriftRoleName":   `^ingest-`,
	}
	dataOutputs = map[string]string{
		"project": `^ingest$`, "environment": `^prod$`, "region": `^us-east-1$`,
		"emailsQueueUrl":     `^https://sqs.us-east-1.amazonaws.com/\d{12}/ingest-prod-us-east-1-emails-queue$`,
		"emailsQueueArn":     `^arn:aws:sqs:us-east-1:\d{12}:ingest-prod-us-east-1-emails-queue$`,
		"emailsDlqUrl":       `^https://sqs.us-east-1.amazonaws.com/\d{12}/ingest-prod-us-east-1-emails-dlq$`,
		"emailsDlqArn":       `^arn:aws:sqs:us-east-1:\d{12}:ingest-prod-us-east-1-emails-dlq$`,
		"payloadBucketName":  `^ingest-prod-us-east-1-payload-\d{12}$`,
		"payloadBucketArn":   `^arn:aws:s3:::ingest-prod-us-east-1-payload-\d{12}$`,
		"tokenParameterName": `^/ingest/prod/token$`,
		"tokenParameterArn":  `^arn:aws:ssm:us-east-1:\d{12}:parameter/ingest/prod/token$`,
		"kmsKeyArn":          `^$`, "ecsExec": `^false$`,

		"ecsTaskExecutionRoleArn": `^arn:aws:iam::\d{12}:role/ingest-prod-ecs-execution$`,
		"apiTaskRoleArn":          `^arn:aws:iam::\d{12}:role/ingest-prod-api-task$`,
		"workerTaskRoleArn":       `^arn:aws:iam::\d{12}:role/ingest-prod-worker-task$`,
	}
	computeOutputs = map[string]string{
		"url":                     `^http://ingest-prod-alb-[0-9a-f]{7}-\d+\.us-east-1\.elb\.amazonaws\.com$`,
		"albDnsName":              `^ingest-prod-alb-[0-9a-f]{7}-\d+\.us-east-1\.elb\.amazonaws\.com$`,
		"albArn":                  `^arn:aws:elasticloadbalancing:us-east-1:\d{12}:loadbalancer/app/ingest-prod-alb-`,
		"albTargetGroupArn":       `^arn:aws:elasticloadbalancing:us-east-1:\d{12}:targetgroup/ingest-prod-api-`,
		"ecrApiRepositoryUrl":     `^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/ingest-prod-api$`,
		"ecrWorkerRepositoryUrl":  `^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/ingest-prod-worker$`,
		"ecsClusterName":          `^ingest-prod-cluster$`,
		"ecsClusterArn":           `^arn:aws:ecs:us-east-1:\d{12}:cluster/ingest-prod-cluster$`,
		"apiServiceArn":           `^arn:aws:ecs:us-east-1:\d{12}:service/ingest-prod-cluster/ingest-prod-api$`,
		"workerServiceArn":        `^arn:aws:ecs:us-east-1:\d{12}:service/ingest-prod-cluster/ingest-prod-worker$`,
		"apiTaskDefinitionArn":    `^arn:aws:ecs:us-east-1:\d{12}:task-definition/ingest-prod-api:1$`,
		"workerTaskDefinitionArn": `^arn:aws:ecs:us-east-1:\d{12}:task-definition/ingest-prod-worker:1$`,
		"apiTaskRoleArn":          `^arn:aws:iam::\d{12}:role/ingest-prod-api-task$`,
		"workerTaskRoleArn":       `^arn:aws:iam::\d{12}:role/ingest-prod-worker-task$`,
		"ecsTaskExecutionRoleArn": `^arn:aws:iam::\d{12}:role/ingest-prod-ecs-execution$`,
		"apiLogGroupName":         `^/ingest-prod/api$`,
		"workerLogGroupName":      `^/ingest-prod/worker$`,
		"apiImage":                `^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/ingest-prod-api@sha256:[0-9a-f]{64}$`,
		"workerImage":             `^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/ingest-prod-worker@sha256:[0-9a-f]{64}$`,
	}
)

func outputs(t *testing.T, a *account) {
	for _, layer := range []struct {
		got  map[string]any
		want map[string]string
	}{
		{a.bootstrap.Outputs(), bootstrapOutputs},
		{a.data.Outputs(), dataOutputs},
		{a.compute.Outputs(), computeOutputs},
	} {
		assert.Len(t, layer.got, len(layer.want))
		for name, form := range layer.want {
			assert.Regexp(t, form, fmt.Sprint(layer.got[name]), name)
		}
	}
}

func nothingChanges(t *testing.T, a *account) {
	for _, layer := range a.layers() {
		unchanged(t, layer)
		assert.Empty(t, layer.Up("--expect-no-changes").Succeeds(t).Steps())
	}
}

func tokenSurvives(t *testing.T, a *account) {
	const parameter = "/ingest/prod/token"
	placeholder, err := a.aws.Parameter(parameter)
	require.NoError(t, err)
	assert.Equal(t, "CHANGEME", placeholder)
	require.NoError(t, a.aws.SetParameter(parameter, secretToken))

	// The provider writes a parameter as a whole, with the value that the state
	// knows: nothing that it writes so may change. Tags are written apart.
	a.data.Config("tokenParameterDescription", "changed")
	a.data.Config("owner", "data team")
	up := a.data.Up().Succeeds(t)
	assert.Contains(t, fmt.Sprint(up.Steps()), "update aws:ssm/parameter:Parameter ingest-prod-token [tags")
	kept, err := a.aws.Parameter(parameter)
	require.NoError(t, err)
	assert.Equal(t, secretToken, kept)

	// Neither is the new value drift, nor does looking for drift write it down.
	for _, look := range []func() string{
		func() string { return a.data.Preview("--refresh", "--expect-no-changes").Succeeds(t).Text() },
		func() string { return a.data.Refresh().Succeeds(t).Text() },
		func() string { return a.data.Up().Succeeds(t).Text() },
		a.data.Export,
	} {
		assert.NotContains(t, look(), secretToken)
		assert.Empty(t, a.Contains(secretToken), "the backend holds the token as text")
	}
	kept, err = a.aws.Parameter(parameter)
	require.NoError(t, err)
	assert.Equal(t, secretToken, kept)
	unchanged(t, a.data)
}

func oneServiceIsReplaced(t *testing.T, a *account) {
	a.push(t, "sha-0000002")
	a.compute.Config("apiImageTag", "sha-0000002")
	var replaced, updated []string
	for _, step := range a.compute.Up().Succeeds(t).Steps() {
		switch step.Op {
		case "replace":
			replaced = append(replaced, step.Name())
		case "update":
			updated = append(updated, step.Type+" "+step.Name())
		}
	}
	assert.Equal(t, []string{"ingest-prod-api"}, replaced, "the api's task definition")
	assert.Equal(t, []string{"aws:ecs/service:Service ingest-prod-api"}, updated)
	assert.Regexp(t, `:1$`, a.compute.Outputs()["workerTaskDefinitionArn"])
	assert.Regexp(t, `:2$`, a.compute.Outputs()["apiTaskDefinitionArn"])

	a.compute.Config("workerImageTag", "sha-none")
	missing := a.compute.Preview().Fails(t)
	assert.Contains(t, missing.Text(), `the ECR repository ingest-prod-worker has no image tagged "sha-none". Push it:`)
	a.compute.Config("workerImageTag", "sha-0000001")
	unchanged(t, a.compute)
}

// An operator who changes a setting names no images, and gets no others.
func deployedImagesAreKept(t *testing.T, a *account) {
	before := a.compute.Outputs()
	for _, key := range []string{"apiImageTag", "workerImageTag"} {
		a.compute.Unset(key)
	}
	unchanged(t, a.compute)

	a.aws.Fail(fakecloud.Update, "aws:ecs/service:Service", os.ErrDeadlineExceeded)
	digests := a.push(t, "sha-0000003")
	a.compute.Config("apiImageTag", "sha-0000003")
	a.compute.Up().Fails(t)
	a.compute.Unset("apiImageTag")
	a.compute.Config("logLevel", "DEBUG")
	a.compute.Up().Succeeds(t)
	after := a.compute.Outputs()
	assert.Equal(t, before["apiImage"], after["apiImage"], "those of the last good update")
	assert.Equal(t, before["workerImage"], after["workerImage"])
	assert.NotEqual(t, before["workerTaskDefinitionArn"], after["workerTaskDefinitionArn"])

	a.compute.Config("apiImageTag", "sha-0000003")
	a.compute.Up().Succeeds(t)
	assert.Contains(t, a.compute.Outputs()["apiImage"], digests["api"])
	assert.Equal(t, before["workerImage"], a.compute.Outputs()["workerImage"], "one that is not named stays")
}

func dataIsProtected(t *testing.T, a *account) {
	inUse := a.deliver(t, "destroy", "data-config", "--", "--yes").Fails(t)
	assert.Contains(t, inUse.Text(), "data-config in prod is still in use: destroy compute first")

	bucket, ok := a.data.Outputs()["payloadBucketName"].(string)
	require.True(t, ok)
	require.NoError(t, a.aws.PutObject(bucket, "emails/v1/prod/2026/01/02/1_msgid=1.json"))
	for _, layer := range a.layers() {
		a.aws.Forget()
		// The preview refuses; --skip-preview would delete what comes before.
		refused := layer.Pulumi("destroy", "--yes").Fails(t)
		assert.Contains(t, refused.Text(), "protect")
		assert.Empty(t, a.aws.Calls(fakecloud.Delete), "the refusal comes first")
		unchanged(t, layer)
	}
}

func destroyInOrder(t *testing.T, a *account) {
	a.compute.Config("ecrForceDelete", "true")
	a.Run("make", "up", "PULUMI_FLAGS=--yes --skip-preview").Succeeds(t)
	a.deliver(t, "destroy", "compute", "--", "--yes").Succeeds(t)

	a.data.Config("payloadForceDestroy", "true")
	a.data.Up().Succeeds(t)
	a.deliver(t, "destroy", "data-config", "--", "--yes").Succeeds(t)

	a.bootstrap.Config("protectState", "false")
	a.bootstrap.Up().Succeeds(t)
	a.bootstrap.Destroy().Succeeds(t)
	for _, left := range a.aws.Resources("") {
		// A roll-back needs old revisions; AWS keeps a deleted key for 30 days.
		if !strings.Contains(left.Type, "taskDefinition") && !strings.Contains(left.Type, "kms/key") {
			t.Errorf("%s %s is left", left.Type, left.ID)
		}
	}
}
