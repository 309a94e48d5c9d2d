package dataconfig_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	keyType = "aws:kms/key:Key"
	keyArn  = "arn:mock:ingest-prod-data:" + keyType
)

func withKey(t *testing.T) *componentstest.Graph {
	t.Helper()
	args := required()
	args.CustomerManagedKey = true
	return build(t, args)
}

func policyOf(t *testing.T, r componentstest.Resource) policyeval.Policy {
	t.Helper()
	policy, err := policyeval.Parse(r.Plain("policy").(string))
	require.NoError(t, err)
	return policy
}

func TestCustomerManagedKey_encryptsWhatHoldsData(t *testing.T) {
	graph := withKey(t)
	key := graph.One(t, keyType, "ingest-prod-data")
	assert.Equal(t, true, key.Plain("enableKeyRotation"))               // outside FSBP: KMS.4
	assert.InDelta(t, 30.0, key.Plain("deletionWindowInDays"), 0)       // FSBP KMS.3
	assert.True(t, key.Protect, "without it nothing can be read again") // FSBP KMS.3
	alias := graph.One(t, "aws:kms/alias:Alias", "ingest-prod-data")
	assert.Equal(t, "alias/ingest-prod", alias.Plain("name"))

	policies := graph.Of(inlineType)
	require.Len(t, policies, 3)
	encrypted := func(typeToken, name, setting string) componentstest.Resource {
		r := graph.One(t, typeToken, name)
		for _, policy := range policies {
			assert.True(t, r.WaitsFor(policy), "%s uses the key before %s allows it", name, policy.Name)
		}
		if setting != "" {
			assert.Equal(t, keyArn, r.Plain(setting), name)
		}
		return r
	}
	for _, queue := range []string{"ingest-prod-emails-queue", "ingest-prod-emails-dlq"} {
		r := encrypted("aws:sqs/queue:Queue", queue, "kmsMasterKeyId")
		assert.False(t, r.Inputs.HasValue("sqsManagedSseEnabled"), "SQS takes one of the two")
	}
	encrypted("aws:sns/topic:Topic", "ingest-prod-alarms", "kmsMasterKeyId") // outside FSBP: SNS.1
	encrypted("aws:ssm/parameter:Parameter", "ingest-prod-token", "keyId")
	bucket := encrypted("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "ingest-prod-payload", "")
	assert.Equal(t, []any{map[string]any{ // outside FSBP: S3.17
		"bucketKeyEnabled": true, "applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": keyArn},
	}}, bucket.Plain("rules"))
}

// use is a call of KMS, made for the caller by a service; directly, if service is empty.
func use(action, key, service string) policyeval.Call {
	call := policyeval.Call{Action: action, Resource: key}
	if service != "" {
		call.Context = map[string][]string{"kms:ViaService": {service + ".eu-west-1.amazonaws.com"}}
	}
	return call
}

func TestCustomerManagedKey_rolesUseItForTheirCallsOnly(t *testing.T) {
	const decrypt, generate = "kms:Decrypt", "kms:GenerateDataKey"
	graph := withKey(t)
	for role, allowed := range map[string]map[[2]string]bool{
		"ingest-prod-ecs-execution": {},
		"ingest-prod-api-task":      {{decrypt, "ssm"}: true, {decrypt, "sqs"}: true, {generate, "sqs"}: true},
		"ingest-prod-worker-task":   {{decrypt, "sqs"}: true, {decrypt, "s3"}: true, {generate, "s3"}: true},
	} {
		who := policyeval.Identity{Policies: []policyeval.Policy{policyOf(t, graph.One(t, inlineType, role))}}
		for _, action := range []string{decrypt, generate, "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} {
			for _, service := range []string{"", "ssm", "sqs", "s3", "logs", "secretsmanager"} {
				assert.Equal(t, allowed[[2]string{action, service}], who.Allows(use(action, keyArn, service)), "%s: %s by %q", role, action, service)
				assert.False(t, who.Allows(use(action, "arn:aws:kms:eu-west-1:123456789012:key/other", service)), "%s: %s of another key", role, action)
			}
		}
	}
}

func TestCustomerManagedKey_policy_servesAlarmsAndLogs(t *testing.T) {
	policy := policyOf(t, withKey(t).One(t, keyType, "ingest-prod-data"))
	alarm := func(action, account, name string) policyeval.Call {
		return policyeval.Call{Action: action, Resource: keyArn, Context: map[string][]string{
			"aws:SourceAccount": {account}, "aws:SourceArn": {"arn:aws:cloudwatch:eu-west-1:" + account + ":alarm:" + name},
		}}
	}
	const cloudwatch, logs = "cloudwatch.amazonaws.com", "logs.eu-west-1.amazonaws.com"
	for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey"} {
		assert.True(t, policy.AllowsService(cloudwatch, alarm(action, "123456789012", "ingest-prod-emails-dlq-not-empty")))
		assert.False(t, policy.AllowsService(cloudwatch, alarm(action, "210987654321", "ingest-prod-emails-dlq-not-empty")))
		assert.False(t, policy.AllowsService(cloudwatch, alarm(action, "123456789012", "other")))
		assert.False(t, policy.AllowsService("sqs.amazonaws.com", alarm(action, "123456789012", "ingest-prod-a")))
	}
	assert.False(t, policy.AllowsService(cloudwatch, alarm("kms:Encrypt", "123456789012", "ingest-prod-a")))
	for _, action := range []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey"} {
		of := func(group string) policyeval.Call {
			return policyeval.Call{Action: action, Resource: keyArn, Context: map[string][]string{
				"kms:EncryptionContext:aws:logs:arn": {"arn:aws:logs:eu-west-1:123456789012:log-group:" + group},
			}}
		}
		assert.True(t, policy.AllowsService(logs, of("/ingest-prod/api")), action)
		assert.False(t, policy.AllowsService(logs, of("/ingest-test/api")), action)
		assert.False(t, policy.AllowsService("logs.us-east-1.amazonaws.com", of("/ingest-prod/api")), action)
	}
	assert.False(t, policy.AllowsService(logs, policyeval.Call{Action: "kms:PutKeyPolicy", Resource: keyArn}))
}
