package delivery

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	bucketURL = "s3://ingest-pulumi-state-us-east-1-123456789012?region=us-east-1"
	kmsURL    = "awskms://alias/ingest-pulumi?region=us-east-1"
)

// notLoggedIn is what pulumi says of itself on a new machine.
var notLoggedIn = reply{Call: `^pulumi whoami --json$`, Exit: 255}

// firstDeployment answers every step of a first deployment. The step that fails,
// if any, is refused before it has done anything.
func firstDeployment(fails string) []reply {
	steps := []reply{
		{Call: `stack select prod --create --secrets-provider passphrase$`},
		{Call: ` up --stack prod --yes$`},
		{Call: `stack output stateBackendUrl --stack prod$`, Stdout: bucketURL + "\n"},
		{Call: `stack output secretsProvider --stack prod$`, Stdout: kmsURL + "\n"},
		{Call: `stack ls$`},
		{Call: `stack migrate file://\S+/.pulumi-state/prod prod --secrets-provider awskms://\S+ --yes$`},
		{Call: `preview --stack prod --expect-no-changes$`},
	}
	for i := range steps {
		if steps[i].Call == fails {
			steps[i] = reply{Call: fails, Stderr: "error: refused\n", Exit: 255}
		}
	}
	return append(steps, notLoggedIn, reply{Call: `stack output --json --stack prod$`, Exit: 255})
}

func runBootstrap(t *testing.T, dir, backend string, replies []reply) result {
	t.Helper()
	env := map[string]string{}
	if backend != "" {
		env["PULUMI_BACKEND_URL"] = backend
	}
	return script{Dir: dir, Env: env, Replies: replies}.run(t, "bootstrap.sh", "prod")
}

// archived are the local states that were set aside.
func archived(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".pulumi-state", "prod.moved.*"))
	require.NoError(t, err)
	return found
}

func TestBootstrapDeploysLocallyMovesTheStateAndChecksIt(t *testing.T) {
	dir := copied(t)
	r := runBootstrap(t, dir, "", firstDeployment(""))
	require.Zero(t, r.Status, r.Output)
	require.Len(t, archived(t, dir), 1)
	assert.NoDirExists(t, filepath.Join(dir, ".pulumi-state", "prod"))
	assert.Contains(t, r.Output, "Commit stacks/bootstrap/Pulumi.prod.yaml")
	last := r.Calls[len(r.Calls)-1].Line
	assert.Contains(t, last, "preview --stack prod --expect-no-changes")
}

func TestBootstrapFailsAtAnyStepKeepsTheStateAndSucceedsTheNextTime(t *testing.T) {
	for _, step := range firstDeployment("")[:7] {
		if step.Call == `stack ls$` {
			continue // A bucket that holds no stack yet may refuse this.
		}
		dir := copied(t)
		r := runBootstrap(t, dir, "", firstDeployment(step.Call))
		require.NotZero(t, r.Status, step.Call)
		assert.Empty(t, archived(t, dir), "%s: the local state is still needed", step.Call)
		assert.DirExists(t, filepath.Join(dir, ".pulumi-state", "prod"))

		r = runBootstrap(t, dir, "", firstDeployment(""))
		require.Zero(t, r.Status, "%s: %s", step.Call, r.Output)
		assert.Len(t, archived(t, dir), 1)
	}
}

func TestBootstrapUpdatesInTheBucketWhereItsStateIs(t *testing.T) {
	dir := copied(t)
	r := runBootstrap(t, dir, bucketURL, []reply{
		{Call: `stack output --json --stack prod$`, Stdout: `{"stateBucketName": "b"}`},
		{Call: ` up --stack prod --yes$`},
		{Call: `preview --stack prod --expect-no-changes$`},
	})
	require.Zero(t, r.Status, r.Output)
	assert.Len(t, r.Calls, 3)
	assert.Empty(t, archived(t, dir))
}

func TestBootstrapGoesOnWhereTheStateHasMovedButWasNotChecked(t *testing.T) {
	dir := copied(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".pulumi-state", "prod"), 0o700))
	r := runBootstrap(t, dir, "", []reply{
		notLoggedIn,
		{Call: `stack output --json --stack prod$`, Stdout: `{"stateBucketName": "b"}`},
		{Call: `stack output stateBackendUrl --stack prod$`, Stdout: bucketURL + "\n"},
		{Call: ` up --stack prod --yes$`},
		{Call: `preview --stack prod --expect-no-changes$`},
	})
	require.Zero(t, r.Status, r.Output)
	assert.Empty(t, r.lines("pulumi -C stacks/bootstrap --non-interactive stack migrate"))
	assert.Len(t, archived(t, dir), 1)
}

func TestBootstrapRemovesTheEmptyStackOfAnEarlierAttempt(t *testing.T) {
	dir := copied(t)
	replies := firstDeployment("")
	replies[4].Stdout = "NAME  LAST UPDATE  RESOURCE COUNT\nprod*  n/a  n/a\n"
	r := runBootstrap(t, dir, "", append([]reply{{Call: `stack rm prod --yes --preserve-config$`}}, replies...))
	require.Zero(t, r.Status, r.Output)
	assert.Len(t, r.lines("pulumi -C stacks/bootstrap stack rm prod"), 1)
}

func TestBootstrapUpdatesWherePulumiIsLoggedIn(t *testing.T) {
	dir := copied(t)
	r := runBootstrap(t, dir, "", []reply{
		{Call: `^pulumi whoami --json$`, Stdout: `{"user": "ops", "url": "` + bucketURL + `"}`},
		{Call: `stack output --json --stack prod$`, Stdout: `{"stateBucketName": "b"}`},
		{Call: ` up --stack prod --yes$`},
		{Call: `preview --stack prod --expect-no-changes$`},
	})
	require.Zero(t, r.Status, r.Output)
	assert.Len(t, r.Calls, 4)
}

func TestBootstrapIsOneStackForAllEnvironments(t *testing.T) {
	r := script{Dir: copied(t), Env: map[string]string{"PULUMI_BACKEND_URL": bucketURL}, Replies: []reply{
		{Call: `stack output --json --stack staging$`, Exit: 255},
		{Call: `^pulumi -C stacks/bootstrap stack ls --json$`, Stdout: `[{"name": "prod", "resourceCount": 52}]`},
	}}.run(t, "bootstrap.sh", "staging")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "bootstrap is one stack for all environments, and this account has it as prod: add staging to its environments")
}

func TestBootstrapIsNotDeployedASecondTimeByWhoeverIsNotLoggedIn(t *testing.T) {
	dir := copied(t)
	settings := filepath.Join(dir, "stacks", "bootstrap", "Pulumi.prod.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(settings), 0o700))
	require.NoError(t, os.WriteFile(settings, []byte("secretsprovider: "+kmsURL+"\n"), 0o600))
	r := runBootstrap(t, dir, "", []reply{notLoggedIn})
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "stacks/bootstrap/Pulumi.prod.yaml says that bootstrap's state has moved to its bucket, but pulumi is not logged in there: pulumi login")
	assert.Len(t, r.Calls, 1)
}

func TestBootstrapNamesAWrongEnvironment(t *testing.T) {
	r := script{Dir: copied(t)}.run(t, "bootstrap.sh", "Prod!")
	assert.Equal(t, 2, r.Status)
	assert.Contains(t, r.Output, "ENV is 'Prod!'; allowed:")
}
