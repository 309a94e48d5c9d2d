package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const program = "stacks/internal/testing/engine/testdata/program"

// start is the small program with a stack, and an empty account.
func start(t *testing.T) (*fakecloud.Cloud, *engine.Engine, *engine.Project) {
	t.Helper()
	return startWith(t, engine.Options{})
}

func startWith(t *testing.T, options engine.Options) (*fakecloud.Cloud, *engine.Engine, *engine.Project) {
	t.Helper()
	account := fakecloud.New()
	server, err := account.Serve()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	options.Stack, options.Env = "test", server.Env()
	e := engine.New(t, options)
	project := e.Project(program)
	project.Init()
	project.Config("aws:region", "eu-west-1")
	return account, e, project
}

func TestEngine_programs_runWithoutTheirSource(t *testing.T) {
	engine.SkipShort(t)
	compiled := filepath.Join(t.TempDir(), "program")
	require.NoError(t, engine.Compile(t.Context(), "./testdata/program", compiled))
	account, _, project := startWith(t, engine.Options{Programs: map[string]string{program: compiled}})
	require.NoError(t, os.Remove(filepath.Join(project.Dir, "main.go")))
	project.Up().Succeeds(t)
	assert.NotEmpty(t, account.Resources(""))

	project.Config("owner", "me")
	project.Unset("owner")
	settings, err := os.ReadFile(project.ConfigFile())
	require.NoError(t, err)
	assert.NotContains(t, string(settings), "owner")
}

// One test for the life of a stack, since each step needs the one before it.
func TestEngine_lifeOfAStack(t *testing.T) {
	account, e, project := start(t)
	const token = "a-token-that-is-set-out-of-band"

	preview := project.Preview().Succeeds(t)
	assert.Positive(t, preview.Changes()["create"])
	assert.Empty(t, account.Resources(""), "a preview makes nothing")

	up := project.Up().Succeeds(t)
	assert.Equal(t, map[string]int{"create": 6}, up.Changes(), "%v", up.Steps())
	outputs := project.Outputs()
	assert.Regexp(t, `^bucket-[0-9a-f]{7}$`, outputs["bucket"])
	assert.Equal(t, "arn:aws:s3:::"+outputs["bucket"].(string), outputs["bucketArn"])
	assert.Regexp(t, `^123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com/images@sha256:[0-9a-f]{64}$`, outputs["image"])
	assert.Equal(t, []string{"v1"}, account.Tags("images"))

	attributes, err := filepath.Glob(filepath.Join(e.State, ".pulumi", "stacks", "*", "*.attrs"))
	require.NoError(t, err)
	assert.Empty(t, attributes, "files that are not written in one step, see pulumitools.FolderBackend")
	checkpoints, err := filepath.Glob(filepath.Join(e.State, ".pulumi", "stacks", "*", "*.json"))
	require.NoError(t, err)
	assert.NotEmpty(t, checkpoints, "the state is where the attributes would be")

	again := project.Up("--expect-no-changes").Succeeds(t)
	assert.Empty(t, again.Changes(), "%v", again.Steps())

	require.NoError(t, account.SetParameter("/program/token", token))
	account.Forget()
	project.Config("owner", "me")
	changed := project.Up().Succeeds(t)
	assert.Equal(t, map[string]int{"update": 1}, changed.Changes(), "%v", changed.Steps())
	require.Len(t, account.Calls(fakecloud.Update), 1)
	assert.Equal(t, []string{"tags"}, account.Calls(fakecloud.Update)[0].Changed)
	value, err := account.Parameter("/program/token")
	require.NoError(t, err)
	assert.Equal(t, token, value, "a change of the tags leaves the value alone")

	require.NoError(t, account.SetParameter("/program/token", token+"-again"))
	require.NoError(t, account.Change("aws:s3/bucketV2:BucketV2", outputs["bucket"].(string), "tags", map[string]any{"Owner": "other team"}))
	refresh := project.Refresh().Succeeds(t)
	assert.Equal(t, map[string]int{"update": 1}, refresh.Changes(), "a value that is ignored is not a change")
	require.Len(t, refresh.Steps(), 1)
	assert.Equal(t, "bucket", refresh.Steps()[0].Name())
	assert.NotContains(t, project.Export(), token)
	assert.Empty(t, e.Contains(token), "the token is in no file of the backend as text")
	assert.Contains(t, project.Pulumi("stack", "export", "--show-secrets").Succeeds(t).Stdout, token+"-again", "but it is in the state, encrypted")
	back := project.Up().Succeeds(t)
	assert.Equal(t, map[string]int{"update": 1}, back.Changes(), "the tags are set back, the token is not")

	require.NoError(t, account.PutObject(outputs["bucket"].(string), "payload"))
	refused := project.Destroy().Fails(t)
	assert.Contains(t, refused.Text(), "BucketNotEmpty")
	account.EmptyBucket(outputs["bucket"].(string))
	project.Destroy().Succeeds(t)
	assert.Empty(t, account.Resources(""))
}
