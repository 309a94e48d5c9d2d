package naming_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesBeginWithProjectAndEnvironment(t *testing.T) {
	e := naming.Environment{Project: "ingest", Name: "prod"}
	require.NoError(t, e.Validate())
	assert.Equal(t, "ingest-prod", e.Prefix())
	assert.Equal(t, "ingest-prod-us-east-1-emails-queue", e.Named("us-east-1", "emails-queue"))
	assert.Equal(t, "/ingest/prod/token", e.TokenParameter())
	assert.Equal(t, "/ingest-prod/api", e.LogGroup("api"))
	assert.Equal(t, []string{"ingest-prod-ecs-execution", "ingest-prod-api-task", "ingest-prod-worker-task"}, e.Roles())
}

func TestEnvironmentNameIsCheckedAlone(t *testing.T) {
	require.NoError(t, naming.EnvironmentName("prod"))
	for _, name := range []string{"", "Prod", "prod-1", "1prod", "prod*", "abcdefghijklm"} {
		require.ErrorContains(t, naming.EnvironmentName(name), "environment is", name)
	}
}

func TestPartitionFollowsFromTheRegion(t *testing.T) {
	assert.Equal(t, "aws", naming.Partition("eu-west-1"))
	assert.Equal(t, "aws-us-gov", naming.Partition("us-gov-west-1"))
	assert.Equal(t, "aws-cn", naming.Partition("cn-north-1"))
}

func TestWrongNamesAreNamedTogether(t *testing.T) {
	err := naming.Environment{Project: "Ingest", Name: "prod-1"}.Validate()
	require.ErrorContains(t, err, `project is "Ingest"; allowed are`)
	require.ErrorContains(t, err, `environment is "prod-1"; allowed are`)
	for _, project := range []string{"", "a", "-a", "a-", "a--b", "1a", strings.Repeat("a", 21), "a_b", "a*"} {
		require.Error(t, naming.Project(project), project)
	}
	for _, project := range []string{"ab", "ingest", "a-b", "a1"} {
		require.NoError(t, naming.Project(project), project)
	}
}

func TestALimitNamesTheNameItsLengthAndTheSource(t *testing.T) {
	require.NoError(t, naming.Bucket.Check(strings.Repeat("a", 63)))
	err := naming.Bucket.Check(strings.Repeat("a", 64))
	require.ErrorContains(t, err, "S3 bucket name")
	require.ErrorContains(t, err, "has 64 characters; AWS allows 63 (https://docs.aws.amazon.com/")
}

func TestTheLongestNamesFit(t *testing.T) {
	e := naming.Environment{Project: strings.Repeat("a", 20), Name: strings.Repeat("b", 12)}
	require.NoError(t, e.Validate())
	require.NoError(t, naming.Queue.Check(e.Named("ap-southeast-1", "emails-queue")))
	for _, role := range e.Roles() {
		require.NoError(t, naming.Role.Check(role))
	}
	require.Error(t, naming.Bucket.Check(e.Named("ap-southeast-1", "payload", "123456789012")), "checked, not assumed")
}

func TestTags(t *testing.T) {
	tags := naming.Tags{Project: "ingest", Environment: "prod", Owner: "data team", Extra: map[string]string{"CostCenter": "42"}}
	require.NoError(t, tags.Validate())
	assert.Equal(t, map[string]string{
		"Project": "ingest", "Environment": "prod", "ManagedBy": "Pulumi", "Owner": "data team", "CostCenter": "42",
	}, tags.Map())
	assert.NotContains(t, naming.Tags{Project: "ingest"}.Map(), "Owner")
}

func TestTagLimitsCountCharacters(t *testing.T) {
	require.NoError(t, naming.Tags{Owner: strings.Repeat("é", 256)}.Validate())
	require.Error(t, naming.Tags{Owner: strings.Repeat("é", 257)}.Validate())
}

func TestWrongTagsAreNamedTogether(t *testing.T) {
	err := naming.Tags{
		Owner: "a,b",
		Extra: map[string]string{"ManagedBy": "hand", "aws:x": "1", "k": "a;b", "": "1", strings.Repeat("k", 129): "1"},
	}.Validate()
	for _, want := range []string{
		`owner is "a,b"`, `tag "ManagedBy" is set by the component`, `tag key "aws:x"`, `tag "k" is "a;b"`, `tag key ""`, `tag key "kkk`,
	} {
		assert.ErrorContains(t, err, want)
	}
}
