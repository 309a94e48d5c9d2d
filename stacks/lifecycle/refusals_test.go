package lifecycle

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettings_faults_areNamedBeforeAnyChange(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.bootstrap.Init()
	missing := a.bootstrap.Up().Fails(t)
	for _, want := range []string{
		"githubOwner is not set", "githubRepo is not set",
		"pulumi -C stacks/bootstrap config set --stack prod githubOwner <value>",
		"pulumi -C stacks/bootstrap config set --stack prod githubRepo <value>",
	} {
		assert.Contains(t, missing.Text(), want)
	}

	a.data.Init()
	a.data.Config("aws:region", "")
	a.data.Config("maxReceiveCount", "0")
	a.data.Config("alarmMail", "ops@example.com")
	a.data.Config("dlqMessageRetentionSeconds", "60")
	wrong := a.data.Up().Fails(t)
	for _, want := range []string{
		"aws:region is not set", "maxReceiveCount is 0; allowed is 1 to 1000",
		"dlqMessageRetentionSeconds is 60; allowed is no less than sqsMessageRetentionSeconds",
		"alarmMail is not a key of ingest-data-config; allowed is one of alarmEmail, aws:region, ",
		"pulumi -C stacks/data-config config rm --stack prod ingest-data-config:alarmMail",
		"pulumi -C stacks/data-config config set --stack prod aws:region <value>",
	} {
		assert.Contains(t, wrong.Text(), want)
	}
	assert.Empty(t, a.aws.Calls(), "nothing was asked of AWS")
}

func TestImages_namedTwice_isRefused(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.compute.Init()
	none := a.compute.Preview().Fails(t)
	for _, want := range []string{
		"apiImageTag is not set; allowed is exactly one of apiImageTag (a tag in the ECR repository ingest-prod-api), apiImage (", "workerImageTag is not set; allowed is exactly one of",
		"pulumi config set --stack prod apiImageTag <value>", "pulumi config set --stack prod workerImage <value>", "pulumi config set --stack prod buildImages true|false",
	} {
		assert.Contains(t, none.Text(), want)
	}
	a.compute.Config("apiImageTag", "sha-0000001")
	a.compute.Config("buildImages", "true")
	two := a.compute.Preview().Fails(t)
	assert.Contains(t, two.Text(), `apiImageTag is "sha-0000001"; allowed is exactly one of`)
	assert.Contains(t, two.Text(), "pulumi config rm --stack prod apiImageTag")
	assert.Contains(t, two.Text(), "pulumi config rm --stack prod buildImages")
	assert.Empty(t, a.aws.Calls())
}

func TestCompute_withoutDataConfig_stops(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.data.Init()
	a.data.Up().Succeeds(t)
	a.compute.Init()
	a.compute.Config("buildImages", "true")
	a.compute.Config("project", "other")
	a.compute.Config("aws:region", "eu-central-1")
	differ := a.compute.Preview().Fails(t)
	assert.Contains(t, differ.Text(), `its project is "ingest", but ingest-compute:project is "other"; allowed is the same`)
	assert.Contains(t, differ.Text(), `its region is "us-east-1", but aws:region is "eu-central-1"; allowed is the same`)

	a.compute.Unset("project")
	a.compute.Config("aws:region", "us-east-1")
	a.aws.RemoveDefaultVpc()
	homeless := a.compute.Preview().Fails(t)
	assert.Contains(t, homeless.Text(), "make one with: aws ec2 create-default-vpc --region us-east-1")

	a.data.Config("payloadForceDestroy", "true")
	a.data.Up().Succeeds(t)
	a.data.Destroy().Succeeds(t)
	empty := a.compute.Preview().Fails(t)
	assert.Contains(t, empty.Text(), "make up STACK=data-config ENV=prod")
	assert.Contains(t, empty.Text(), "it has no output emailsQueueUrl, payloadBucketName,")
}

func TestBuildImages_unchangedWorkspace_buildsOnce(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.found(t)
	a.compute.Config("buildImages", "true")
	built := a.compute.Up().Succeeds(t)
	assert.Contains(t, built.Text(), "pulumi config rm buildImages --stack prod && pulumi up --stack prod")
	tags := a.aws.Tags("ingest-prod-api")
	require.Len(t, tags, 1)
	assert.Regexp(t, `^ws-[0-9a-f]{16}$`, tags[0])
	unchanged(t, a.compute)

	// What an image is made of is what its tag follows from.
	a.write(t, "services/api/extra.go", "package main\n")
	a.compute.Up().Succeeds(t)
	assert.Len(t, a.aws.Tags("ingest-prod-api"), 2)
	a.write(t, "README.md", "other\n")
	unchanged(t, a.compute)

	// What the warning advises.
	const password = "registry-password"
	secrets := func() string { return a.compute.Pulumi("stack", "export", "--show-secrets").Succeeds(t).Stdout }
	assert.Contains(t, secrets(), password)
	assert.Empty(t, a.Contains(password), "the backend holds the password as text")
	before := a.compute.Outputs()
	a.compute.Unset("buildImages")
	a.compute.Up().Succeeds(t)
	assert.NotContains(t, secrets(), password)
	assert.Equal(t, before, a.compute.Outputs())
	assert.Len(t, a.aws.Tags("ingest-prod-api"), 2)
}

// The settings for an emulator, as they are checked in.
func TestLocalEnvironment_needsNoFurtherSetting(t *testing.T) {
	t.Parallel()
	a := openAccount(t, fakecloud.New(), engine.Options{Programs: compiled(t), Env: []string{"PULUMI_CONFIG_PASSPHRASE=local"}})
	a.Stack = "local"
	for _, layer := range a.layers() {
		layer.Init()
		layer.Up().Succeeds(t)
		unchanged(t, layer)
	}
	for _, name := range []string{"Pulumi.local.yaml", "stacks/data-config/Pulumi.local.yaml", "stacks/bootstrap/Pulumi.local.yaml"} {
		assert.Equal(t, a.original(t, name), a.read(t, name), "making the stack changes nothing that is checked in")
	}
	for i := len(a.layers()) - 1; i >= 0; i-- {
		a.layers()[i].Destroy().Succeeds(t)
	}
}
