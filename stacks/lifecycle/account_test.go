package lifecycle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// environment is the stack that tests deploy.
const environment = "prod"

// account is an AWS account, and a copy of the workspace that deploys to it.
type account struct {
	*engine.Engine
	aws                      *fakecloud.Cloud
	providers                *fakecloud.Server
	bootstrap, data, compute *engine.Project
}

// open makes an empty account. The environment is added to that of every command.
func open(tb testing.TB, env ...string) *account {
	tb.Helper()
	return openVersion(tb, "", env...)
}

// openVersion makes an empty account, and deploys to it from another workspace than
// that of the test.
func openVersion(tb testing.TB, workspace string, env ...string) *account {
	tb.Helper()
	aws := fakecloud.New()
	providers, err := aws.Serve()
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, providers.Close()) })
	a := &account{aws: aws, providers: providers}
	a.use(engine.New(tb, engine.Options{Workspace: workspace, Env: append(providers.Env(), env...)}))
	return a
}

// use runs the layers of the account on an engine from then on.
func (a *account) use(e *engine.Engine) {
	a.Engine = e
	a.bootstrap, a.data, a.compute = e.Project("stacks/bootstrap"), e.Project("stacks/data-config"), e.Project(".")
}

// describeRepository sets what bootstrap requires.
func (a *account) describeRepository() {
	a.bootstrap.Config("githubOwner", "example")
	a.bootstrap.Config("githubRepo", "ingest")
}

// push pushes images of both services under a tag, by service.
func (a *account) push(tb testing.TB, tag string) map[string]string {
	tb.Helper()
	digests := map[string]string{}
	for _, service := range []string{"api", "worker"} {
		digest, err := a.aws.PushImage("ingest-prod-"+service, tag)
		require.NoError(tb, err)
		digests[service] = digest
	}
	return digests
}

// found deploys what compute needs, and makes compute's stack.
func (a *account) found(tb testing.TB) {
	tb.Helper()
	a.bootstrap.Init(environment)
	a.describeRepository()
	a.bootstrap.Up().Succeeds(tb)
	a.data.Init(environment)
	a.data.Up().Succeeds(tb)
	a.compute.Init(environment)
}

// deploy brings all three layers up with images tagged sha-0000001.
func (a *account) deploy(tb testing.TB) {
	tb.Helper()
	a.found(tb)
	a.compute.Config("apiImageTag", "sha-0000001")
	a.compute.Config("workerImageTag", "sha-0000001")
	// The first update makes the repositories, and stops since they have no images.
	// Any other failure would show up later, as a push into a missing repository.
	first := a.compute.Up().Fails(tb)
	require.Regexp(tb, "the ECR repository ingest-prod-(api|worker) has no image tagged", first.Text())
	a.push(tb, "sha-0000001")
	a.compute.Up().Succeeds(tb)
}

// unchanged holds a stack to previewing nothing.
func unchanged(t *testing.T, layer *engine.Project) {
	t.Helper()
	preview := layer.Preview("--expect-no-changes").Succeeds(t)
	assert.Empty(t, preview.Steps())
}

// layers are the three from the bottom.
func (a *account) layers() []*engine.Project {
	return []*engine.Project{a.bootstrap, a.data, a.compute}
}

// deliver runs the delivery command, as make and the workflows do. It deploys the
// tests' environment, which is the default.
func (a *account) deliver(args ...string) *engine.Result {
	return a.Run("go", append([]string{"run", "./stacks/cmd/deliver"}, args...)...)
}

// write writes a file of the copy.
func (a *account) write(tb testing.TB, name, content string) {
	tb.Helper()
	require.NoError(tb, os.WriteFile(filepath.Join(a.Dir, name), []byte(content), 0o600))
}

// read reads a file of the copy.
func (a *account) read(t *testing.T, name string) string {
	t.Helper()
	return content(t, filepath.Join(a.Dir, name))
}

// original reads the file that the copy was made from.
func (a *account) original(t *testing.T, name string) string {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	return content(t, filepath.Join(root, name))
}

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}
