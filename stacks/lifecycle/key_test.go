package lifecycle

import (
	"slices"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A key of the environment's own, turned on in a running environment, keeps what
// bucket, queues and parameter hold, and the tasks may use it before it is used.
func TestCustomerManagedKey_turnedOnLater_keepsWhatHoldsData(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	require.NoError(t, a.aws.SetParameter("/ingest/prod/token", secretToken))

	a.data.Config("customerManagedKey", "true")
	a.aws.Forget()
	a.data.Up().Succeeds(t)
	assert.Empty(t, a.aws.Calls(fakecloud.Delete), "nothing is replaced")
	changed := a.changed()
	const encryption = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	used := []string{
		"update " + encryption + " ingest-prod-payload", "update " + queueType + " ingest-prod-emails-queue",
		"update " + queueType + " ingest-prod-emails-dlq", "update aws:sns/topic:Topic ingest-prod-alarms",
	}
	granted := []string{"update " + inlineType + " ingest-prod-api-task", "update " + inlineType + " ingest-prod-worker-task"}
	assert.ElementsMatch(t, slices.Concat(used, granted, []string{
		"create aws:kms/key:Key ingest-prod-data", "create aws:kms/alias:Alias ingest-prod-data",
	}), changed, "the parameter is not written: its value is the operator's")
	for _, use := range used {
		for _, grant := range granted {
			assert.Less(t, slices.Index(changed, grant), slices.Index(changed, use), "%s before %s", grant, use)
		}
	}
	kept, err := a.aws.Parameter("/ingest/prod/token")
	require.NoError(t, err)
	assert.Equal(t, secretToken, kept)
	unchanged(t, a.data)
	a.data.Preview("--refresh", "--expect-no-changes").Succeeds(t)

	a.aws.Forget()
	a.compute.Up().Succeeds(t)
	assert.Empty(t, a.aws.Calls(fakecloud.Delete))
	assert.ElementsMatch(t, []string{
		"update aws:cloudwatch/logGroup:LogGroup ingest-prod-api", "update aws:cloudwatch/logGroup:LogGroup ingest-prod-worker",
	}, a.changed())
	for _, group := range a.aws.Resources("aws:cloudwatch/logGroup:LogGroup") {
		assert.Equal(t, a.data.Outputs()["kmsKeyArn"], group.Attributes["kmsKeyId"])
	}
	unchanged(t, a.compute)

	// What is encrypted under the key is lost with it.
	a.data.Config("customerManagedKey", "false")
	assert.Contains(t, a.data.Preview().Fails(t).Text(), "protect")
}
