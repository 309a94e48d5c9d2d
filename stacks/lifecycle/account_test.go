package lifecycle

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/ingest-iac/ingest/stacks/internal/testing/statestore"
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

// open makes an empty account.
func open(tb testing.TB) *account {
	tb.Helper()
	return openAccount(tb, fakecloud.New(), options(tb))
}

// options run the compiled programs, with secrets under a key of KMS as in production.
// With a passphrase every command would derive its key, a quarter of its processor time.
func options(tb testing.TB) engine.Options {
	tb.Helper()
	kms := statestore.Start(tb, statestore.Account{HasKey: func(string) bool { return true }})
	return engine.Options{Programs: compiled(tb), Env: kms.Env(), SecretsProvider: secretsProvider}
}

const secretsProvider = "awskms://alias/ingest-pulumi?region=us-east-1"

func openAccount(tb testing.TB, aws *fakecloud.Cloud, options engine.Options) *account {
	tb.Helper()
	providers, err := aws.Serve()
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, providers.Close()) })
	options.Stack, options.Env = environment, append(providers.Env(), options.Env...)
	a := &account{aws: aws, providers: providers}
	a.use(engine.New(tb, options))
	return a
}

// programs is the folder of what compiled returns.
var programs string

func TestMain(m *testing.M) {
	status := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(status)
}

// compiled are the three programs, for engine.Options.
func compiled(tb testing.TB) map[string]string {
	tb.Helper()
	engine.SkipShort(tb)
	folder, err := compileOnce()
	require.NoError(tb, err)
	return map[string]string{
		"stacks/compute":     filepath.Join(folder, "compute"),
		"stacks/data-config": filepath.Join(folder, "data-config"),
		"stacks/bootstrap":   filepath.Join(folder, "bootstrap"),
	}
}

var compileOnce = sync.OnceValues(func() (string, error) {
	var err error
	if programs, err = os.MkdirTemp("", "ingest-programs-"); err != nil {
		return "", err
	}
	for _, name := range []string{"../bootstrap", "../data-config", "../compute", "../cmd/deliver", "../../services/ingestctl"} {
		if err := engine.Compile(context.Background(), name, filepath.Join(programs, filepath.Base(name))); err != nil {
			return "", err
		}
	}
	return programs, nil
})

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
	a.bootstrap.Init()
	a.describeRepository()
	a.bootstrap.Up().Succeeds(tb)
	a.data.Init()
	a.data.Up().Succeeds(tb)
	a.compute.Init()
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

// deployment is a saved account, with the state and the settings of the stacks that are
// deployed to it.
type deployment struct {
	account  []byte
	state    fstest.MapFS
	settings map[string]string
}

var (
	deployOnce sync.Once
	// deployedOnce is nil where the test that deployed has failed.
	deployedOnce *deployment
)

// openDeployed makes an account to which all three layers are deployed: once, by the first
// test that asks. Each gets a copy.
func openDeployed(tb testing.TB) *account {
	tb.Helper()
	engine.SkipShort(tb)
	deployOnce.Do(func() {
		a := open(tb)
		a.deploy(tb)
		deployedOnce = a.save(tb)
	})
	require.NotNil(tb, deployedOnce, "the deployment failed in the test that made it")
	return restore(tb, deployedOnce)
}

func (a *account) save(tb testing.TB) *deployment {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "account.json")
	require.NoError(tb, a.aws.Save(name))
	saved := &deployment{account: []byte(content(tb, name)), state: fstest.MapFS{}, settings: a.settings(tb)}
	state := os.DirFS(a.State)
	require.NoError(tb, fs.WalkDir(state, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(state, name)
		saved.state[name] = &fstest.MapFile{Data: data, Mode: 0o600}
		return err
	}))
	return saved
}

func restore(tb testing.TB, saved *deployment) *account {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "account.json")
	require.NoError(tb, os.WriteFile(name, saved.account, 0o600))
	aws, err := fakecloud.Load(name)
	require.NoError(tb, err)
	a := openAccount(tb, aws, options(tb))
	require.NoError(tb, os.CopyFS(a.State, saved.state))
	a.configure(tb, saved.settings)
	return a
}

// settings are the files with the settings of the stacks, by their names in the copy.
func (a *account) settings(tb testing.TB) map[string]string {
	tb.Helper()
	files := map[string]string{}
	for _, layer := range a.layers() {
		name, err := filepath.Rel(a.Dir, layer.ConfigFile())
		require.NoError(tb, err)
		files[name] = a.read(tb, name)
	}
	return files
}

// configure writes what settings returned.
func (a *account) configure(tb testing.TB, settings map[string]string) {
	tb.Helper()
	for name, text := range settings {
		a.write(tb, name, text)
	}
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
func (a *account) deliver(tb testing.TB, args ...string) *engine.Result {
	tb.Helper()
	folder, err := compileOnce()
	require.NoError(tb, err)
	return a.Run(filepath.Join(folder, "deliver"), args...)
}

// write writes a file of the copy.
func (a *account) write(tb testing.TB, name, content string) {
	tb.Helper()
	require.NoError(tb, os.WriteFile(filepath.Join(a.Dir, name), []byte(content), 0o600))
}

// read reads a file of the copy.
func (a *account) read(tb testing.TB, name string) string {
	tb.Helper()
	return content(tb, filepath.Join(a.Dir, name))
}

// original reads the file that the copy was made from.
func (a *account) original(t *testing.T, name string) string {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	return content(t, filepath.Join(root, name))
}

func content(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile(name)
	require.NoError(tb, err)
	return string(data)
}
