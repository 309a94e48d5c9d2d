package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	roleType       = "aws:iam/role:Role"
	taskType       = "aws:ecs/taskDefinition:TaskDefinition"
	repositoryType = "aws:ecr/repository:Repository"
	keyType        = "aws:kms/key:Key"
)

// The programs of the previous version deploy; those of this one upgrade as
// docs/upgrading.md says.
func TestUpgrade_fromThePreviousVersion_keepsData(t *testing.T) {
	t.Parallel()
	a := openAccount(t, fakecloud.New(), engine.Options{Workspace: previous(t)})
	a.deploy(t)
	require.NoError(t, a.aws.SetParameter("/ingest/prod/token", secretToken))
	holds := append(slices.Clone(holders), repositoryType, keyType, roleType)
	before := a.held(holds)
	a.upgrade(t)
	if hasRoles(a.compute) {
		moveRoles(t, a)
	}
	var replaced []string
	for _, layer := range []*engine.Project{a.data, a.bootstrap, a.compute} {
		for _, step := range layer.Preview().Succeeds(t).Steps() {
			if slices.Contains(holds, step.Type) {
				assert.Contains(t, []string{"create", "update"}, step.Op, "%s", step)
			}
			if step.Op == "replace" && step.Type != taskType {
				replaced = append(replaced, step.Type+" "+step.Name())
			}
		}
		layer.Up().Succeeds(t)
		unchanged(t, layer)
	}
	// docs/upgrading.md names them. Task definitions are always replaced, by revisions.
	assert.ElementsMatch(t, []string{
		groupType + " ingest-prod-alb", groupType + " ingest-prod-api", groupType + " ingest-prod-worker",
	}, replaced)
	assert.Subset(t, a.held(holds), before)
	token, err := a.aws.Parameter("/ingest/prod/token")
	require.NoError(t, err)
	assert.Equal(t, secretToken, token)
}

// previous returns a checkout of the version that deployments are upgraded from: the
// newest tag before this commit, and where there is none the commit that CHANGELOG.md
// counts from.
func previous(t *testing.T) string {
	t.Helper()
	root, err := workspace.Root()
	require.NoError(t, err)
	git := func(args ...string) (string, error) {
		output, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(output)), err
	}
	version, err := git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^")
	if err != nil {
		named := regexp.MustCompile(`Changes since commit ([0-9a-f]+)`).FindStringSubmatch(content(t, filepath.Join(root, "CHANGELOG.md")))
		require.NotNil(t, named, "CHANGELOG.md names a commit until there is a tag")
		version = named[1]
	}
	if _, err := git("cat-file", "-e", version+"^{commit}"); err != nil {
		// The workflow ci fetches the history; another checkout may not have it.
		require.Empty(t, os.Getenv("GITHUB_ACTIONS"), "the test needs the history: fetch-depth: 0")
		t.Skipf("the history has no %s: git fetch --unshallow", version)
	}
	t.Logf("upgrading from %s", version)
	checkout := t.TempDir()
	_, err = git("clone", "-q", "--no-checkout", root, checkout)
	require.NoError(t, err)
	_, err = git("-C", checkout, "checkout", "-q", version)
	require.NoError(t, err)
	return checkout
}

// upgrade replaces the workspace by the one that is tested. State and settings stay.
func (a *account) upgrade(t *testing.T) {
	t.Helper()
	settings, state := a.settings(t), a.State
	a.use(engine.New(t, engine.Options{Programs: compiled(t), Stack: environment, Env: append(a.Env, "PULUMI_BACKEND_URL="+pulumitools.FolderBackend(state))}))
	a.configure(t, settings)
	for _, layer := range a.layers() {
		layer.Pulumi("stack", "select", environment).Succeeds(t)
	}
}

// held are the resources of some types, by type and id.
func (a *account) held(types []string) (ids []string) {
	for _, kind := range types {
		for _, r := range a.aws.Resources(kind) {
			ids = append(ids, kind+" "+r.ID)
		}
	}
	return ids
}

func hasRoles(layer *engine.Project) bool {
	return slices.ContainsFunc(layer.Resources(), func(r engine.StateResource) bool { return r.Type == roleType })
}

// moveRoles does what docs/upgrading.md says of versions in which compute has the
// roles of the tasks.
func moveRoles(t *testing.T, a *account) {
	t.Helper()
	move := []string{documented(t, a, "docs/upgrading.md", "compute="), documented(t, a, "docs/upgrading.md", "pulumi state move ")}
	a.Run("sh", "-c", strings.Join(move, "\n")).Succeeds(t)
	for _, begins := range []string{"pulumi -C stacks/data-config stack export", "pulumi -C stacks/data-config stack import"} {
		a.Run("sh", "-c", documented(t, a, "docs/upgrading.md", begins)).Succeeds(t)
	}
}
