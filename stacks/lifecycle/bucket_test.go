package lifecycle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/ingest-iac/ingest/stacks/internal/testing/statestore"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Types of what pulumi itself uses once bootstrap has made it.
const (
	bucketType = "aws:s3/bucketV2:BucketV2"
	aliasType  = "aws:kms/alias:Alias"
)

// stateIn is the S3 and the KMS of an account.
func stateIn(t *testing.T, a *account) *statestore.Store {
	t.Helper()
	has := func(kind, id string) bool {
		for _, found := range a.aws.Resources(kind) {
			if found.ID == id {
				return true
			}
		}
		return false
	}
	store := statestore.Start(t, statestore.Account{
		HasBucket: func(name string) bool { return has(bucketType, name) },
		HasKey:    func(alias string) bool { return has(aliasType, alias) },
	})
	a.Env = append(a.Env, store.Env()...)
	return store
}

const (
	stateBucket = "ingest-pulumi-state-us-east-1-" + fakecloud.Account
	stateURL    = "s3://" + stateBucket + "?region=us-east-1"
)

// The same environment with its state where it is in production: in bootstrap's
// own bucket, under its key.
func TestState_movesIntoItsBucketAndBack(t *testing.T) { //nolint:tparallel // each part begins with what the one before has left
	t.Parallel()
	a := openAccount(t, fakecloud.New(), engine.Options{Programs: compiled(t), Env: []string{"PULUMI_BACKEND_URL="}})
	store := stateIn(t, a)
	a.write(t, "stacks/bootstrap/Pulumi.prod.yaml", "config:\n  aws:region: us-east-1\n  ingest-bootstrap:githubOwner: example\n  ingest-bootstrap:githubRepo: ingest\n")
	t.Run("fails before it has begun", func(t *testing.T) { bootstrapFails(t, a) })
	t.Run("bootstrap", func(t *testing.T) { bootstraps(t, a, store) })
	require.False(t, t.Failed())
	a.Env = append(a.Env, "PULUMI_BACKEND_URL="+stateURL)
	t.Run("again", func(t *testing.T) { bootstrapsAgain(t, a) })
	t.Run("data-config under the key", func(t *testing.T) { dataUnderTheKey(t, a, store) })
	t.Run("destroy", func(t *testing.T) { destroysBootstrap(t, a) })
}

// bootstrapFails at two steps that only the real engine has: half-way through
// making things, and with a bucket that does not answer when the state moves.
func bootstrapFails(t *testing.T, a *account) {
	a.aws.Fail(fakecloud.Create, "aws:iam/role:Role", os.ErrDeadlineExceeded)
	a.deliver(t, "bootstrap").Fails(t)
	assert.DirExists(t, filepath.Join(a.Dir, ".pulumi-state", environment))

	before := a.Env
	a.Env = append(a.Env, "AWS_ENDPOINT_URL_S3=http://nowhere.test")
	a.deliver(t, "bootstrap").Fails(t)
	a.Env = before
	assert.DirExists(t, filepath.Join(a.Dir, ".pulumi-state", environment))
}

func bootstraps(t *testing.T, a *account, store *statestore.Store) {
	a.deliver(t, "bootstrap").Succeeds(t)
	settings := a.read(t, "stacks/bootstrap/Pulumi.prod.yaml")
	assert.Contains(t, settings, "secretsprovider: "+secretsProvider)
	assert.Contains(t, settings, "encryptedkey: ")
	assert.NotContains(t, settings, "encryptionsalt", "nothing is left under the old passphrase")
	moved, err := filepath.Glob(filepath.Join(a.Dir, ".pulumi-state", "prod.moved.*"))
	require.NoError(t, err)
	assert.Len(t, moved, 1)
	copies, err := filepath.Glob(filepath.Join(a.Dir, "stacks", "bootstrap", "*.bak.*"))
	require.NoError(t, err)
	assert.Empty(t, copies, "git sees no copy of the settings")
	assert.NoDirExists(t, filepath.Join(a.Dir, ".pulumi-state", environment))
	assert.Contains(t, store.Objects(t, stateBucket), ".pulumi/stacks/ingest-bootstrap/prod.json")
}

func bootstrapsAgain(t *testing.T, a *account) {
	again := a.deliver(t, "bootstrap").Succeeds(t)
	assert.Contains(t, again.Text(), "bootstrap's state is in "+stateURL+": updating there")
	unchanged(t, a.bootstrap)
}

func dataUnderTheKey(t *testing.T, a *account, store *statestore.Store) {
	a.deliver(t, "stack-init", "data-config").Succeeds(t)
	assert.Contains(t, a.read(t, "stacks/data-config/Pulumi.prod.yaml"), "secretsprovider: "+secretsProvider)
	a.data.Up().Succeeds(t)
	unchanged(t, a.data)

	require.NoError(t, a.aws.SetParameter("/ingest/prod/token", secretToken))
	a.data.Refresh().Succeeds(t)
	a.data.Up().Succeeds(t)
	kept, err := a.aws.Parameter("/ingest/prod/token")
	require.NoError(t, err)
	assert.Equal(t, secretToken, kept)
	for key, content := range store.Objects(t, stateBucket) {
		assert.NotContains(t, content, secretToken, key)
	}
	for _, file := range a.Contains("emailsQueueUrl") {
		t.Errorf("%s is outside the bucket", file)
	}
}

func destroysBootstrap(t *testing.T, a *account) {
	protected := a.deliver(t, "destroy", "bootstrap", "--", "--yes").Fails(t)
	assert.Contains(t, protected.Text(), "config set --stack prod protectState false")
	a.bootstrap.Config("protectState", "false")
	inUse := a.deliver(t, "destroy", "bootstrap", "--", "--yes").Fails(t)
	assert.Contains(t, inUse.Text(), "bootstrap is still in use by the state of other stacks (pulumi -C stacks/data-config stack ls)")

	a.data.Config("payloadForceDestroy", "true")
	a.data.Up().Succeeds(t)
	a.deliver(t, "destroy", "data-config", "--", "--yes").Succeeds(t)
	// Half-way, with a bucket that is still there and knows the old state.
	a.aws.Fail(fakecloud.Delete, "aws:iam/role:Role", os.ErrDeadlineExceeded)
	a.deliver(t, "destroy", "bootstrap", "--", "--yes").Fails(t)
	again := a.deliver(t, "destroy", "bootstrap", "--", "--yes").Succeeds(t)
	assert.Contains(t, again.Text(), "going on with the local state")
	assert.Empty(t, a.aws.Resources(bucketType))
	settings := a.read(t, "stacks/bootstrap/Pulumi.prod.yaml")
	assert.NotContains(t, settings, "secretsprovider: awskms")
}
