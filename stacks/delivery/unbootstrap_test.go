package delivery

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// destruction answers every step of bootstrap's end.
func destruction() []reply {
	return []reply{
		{Call: `stack output --json --stack prod$`, Stdout: `{"stateBucketName": "b"}`},
		{Call: `config get protectState --stack prod$`, Stdout: "false\n"},
		{Call: `^pulumi -C (\.|stacks/data-config) stack ls --json$`, Stdout: `[{"name": "prod", "resourceCount": 0}]`},
		{Call: ` up --stack prod --yes$`},
		{Call: `^pulumi -C stacks/bootstrap stack ls$`},
		{Call: `stack migrate s3://\S+ prod --secrets-provider passphrase --yes$`},
		{Call: `^pulumi -C stacks/bootstrap destroy --stack prod --yes$`},
		{Call: `stack rm prod --yes --preserve-config$`},
	}
}

func unbootstrap(t *testing.T, dir, backend string, replies []reply) result {
	t.Helper()
	return script{Dir: dir, Env: map[string]string{"PULUMI_BACKEND_URL": backend}, Replies: replies}.run(t, "stack.sh", "destroy", "bootstrap", "prod", "--yes")
}

func TestBootstrapsStateMovesBackBeforeItsBucketIsDestroyed(t *testing.T) {
	dir := copied(t)
	r := unbootstrap(t, dir, bucketURL, destruction())
	require.Zero(t, r.Status, r.Output)
	assert.NoDirExists(t, filepath.Join(dir, ".pulumi-state", "prod"))
	assert.Contains(t, r.Calls[len(r.Calls)-2].Line, "destroy --stack prod --yes")
}

func TestAProtectedBootstrapIsNotDestroyed(t *testing.T) {
	replies := destruction()
	replies[1].Stdout = "true\n"
	r := unbootstrap(t, copied(t), bucketURL, replies)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "pulumi -C stacks/bootstrap config set --stack prod protectState false, then run this again")
	assert.Len(t, r.Calls, 2)
}

func TestBootstrapIsNotDestroyedUnderOtherStacks(t *testing.T) {
	replies := destruction()
	replies[2].Stdout = `[{"name": "staging", "resourceCount": 12}]`
	r := unbootstrap(t, copied(t), bucketURL, replies)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "still in use by the state of other stacks")
	assert.Empty(t, r.lines("pulumi -C stacks/bootstrap destroy"))
}

func TestBootstrapIsNotDestroyedWhereItsUseCannotBeTold(t *testing.T) {
	replies := destruction()
	replies[2].Exit = 255
	r := unbootstrap(t, copied(t), bucketURL, replies)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "whether bootstrap is still in use cannot be told: pulumi -C . stack ls failed")
	assert.Empty(t, r.lines("pulumi -C stacks/bootstrap destroy"))
}

func TestDestroyingBootstrapGoesOnWithTheLocalState(t *testing.T) {
	dir := copied(t)
	replies := destruction()
	replies[6].Exit = 255
	r := unbootstrap(t, dir, bucketURL, replies)
	require.NotZero(t, r.Status)
	require.DirExists(t, filepath.Join(dir, ".pulumi-state", "prod"), "the local state is the only one there may be")

	// The bucket may still be there, with the state from before.
	r = unbootstrap(t, dir, bucketURL, replies)
	require.NotZero(t, r.Status)
	assert.Empty(t, r.lines("pulumi -C stacks/bootstrap --non-interactive stack migrate"), "it has moved already")

	// Or it has gone.
	gone := reply{Call: `stack output --json --stack prod$`, Exit: 255}
	replies = append([]reply{gone, gone}, destruction()...)
	r = unbootstrap(t, dir, bucketURL, replies)
	require.Zero(t, r.Status, r.Output)
	assert.Empty(t, r.lines("pulumi -C stacks/bootstrap --non-interactive stack migrate"))
}

func TestABootstrapThatIsNowhereIsSaidToBe(t *testing.T) {
	r := unbootstrap(t, copied(t), "", []reply{notLoggedIn, {Call: `stack output --json --stack prod$`, Exit: 255}})
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "bootstrap of prod is not deployed, or pulumi is not logged in to its bucket")
}

func TestBootstrapOnAnotherBackendIsDestroyedThere(t *testing.T) {
	r := unbootstrap(t, copied(t), "file:///somewhere", []reply{
		{Call: `stack output --json --stack prod$`, Stdout: `{"stateBucketName": "b"}`},
		{Call: `^pulumi -C stacks/bootstrap destroy --stack prod --yes$`},
	})
	require.Zero(t, r.Status, r.Output)
	assert.Len(t, r.Calls, 2)
}
