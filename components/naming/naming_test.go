package naming_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNames_beginWithProjectAndEnvironment(t *testing.T) {
	e := naming.Environment{Project: "ingest", Name: "prod"}
	assert.Equal(t, "ingest-prod", e.Prefix())
	assert.Equal(t, "ingest-prod-us-east-1-emails-queue", e.Named("us-east-1", "emails-queue"))
	assert.Equal(t, "/ingest/prod/token", e.TokenParameter())
	assert.Equal(t, "/ingest-prod/api", e.LogGroup("api"))
	assert.Equal(t, []string{"ingest-prod-ecs-execution", "ingest-prod-api-task", "ingest-prod-worker-task"}, e.Roles())
}

func TestPartition_followsFromTheRegion(t *testing.T) {
	assert.Equal(t, "aws", naming.Partition("eu-west-1"))
	assert.Equal(t, "aws-us-gov", naming.Partition("us-gov-west-1"))
	assert.Equal(t, "aws-cn", naming.Partition("cn-north-1"))
}

// arguments are those of a component of one environment.
type arguments struct {
	naming.Common
	Environment string `validate:"required,environment"`
}

var schema = args.Declare[arguments](naming.Formats)

func check(project, environment, owner string) error {
	a := arguments{Common: naming.Common{Project: project, Owner: owner}, Environment: environment}
	return schema.Validate(&a)
}

func TestCommon_namesEveryWrongName(t *testing.T) {
	err := check("Ingest", "prod-1", "a,b")
	require.ErrorContains(t, err, `Project is "Ingest"; allowed is`)
	require.ErrorContains(t, err, `Environment is "prod-1"; allowed is`)
	require.ErrorContains(t, err, `Owner is "a,b"; allowed is`)
	for _, project := range []string{"", "a", "-a", "a-", "a--b", "1a", strings.Repeat("a", 21), "a_b", "a*"} {
		require.Error(t, check(project, "prod", ""), project)
	}
	for _, project := range []string{"ab", "ingest", "a-b", "a1"} {
		require.NoError(t, check(project, "prod", ""), project)
	}
	for _, environment := range []string{"", "Prod", "prod-1", "1prod", "prod*", "abcdefghijklm"} {
		require.Error(t, check("ingest", environment, ""), environment)
	}
}

func TestCommon_takesRegionsOfTwoPartitions(t *testing.T) {
	for region, allowed := range map[string]bool{
		"": true, "eu-west-1": true, "us-gov-east-1": true, "ap-southeast-4": true,
		"*": false, "us": false, "cn-north-1": false, "us-iso-east-1": false, "eu-west-1:x": false,
	} {
		a := arguments{Common: naming.Common{Project: "ingest", Region: region}, Environment: "prod"}
		assert.Equal(t, allowed, schema.Validate(&a) == nil, region)
	}
}

func TestLimit_exceeded_errorNamesLengthAndSource(t *testing.T) {
	require.NoError(t, naming.Bucket.Check(strings.Repeat("a", 63)))
	err := naming.Bucket.Check(strings.Repeat("a", 64))
	require.ErrorContains(t, err, "S3 bucket name")
	require.ErrorContains(t, err, "has 64 characters; AWS allows 63 (https://docs.aws.amazon.com/")
}

func TestNames_longest_fit(t *testing.T) {
	e := naming.Environment{Project: strings.Repeat("a", 20), Name: strings.Repeat("b", 12)}
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

func TestTags_limitsCountCharacters(t *testing.T) {
	require.NoError(t, check("ingest", "prod", strings.Repeat("é", 256)))
	require.Error(t, check("ingest", "prod", strings.Repeat("é", 257)))
	require.NoError(t, naming.Tags{Extra: map[string]string{strings.Repeat("é", 128): strings.Repeat("é", 256)}}.Validate())
	require.Error(t, naming.Tags{Extra: map[string]string{"k": strings.Repeat("é", 257)}}.Validate())
}

func TestTags_namesEveryWrongTag(t *testing.T) {
	err := naming.Tags{
		Extra: map[string]string{"ManagedBy": "hand", "aws:x": "1", "k": "a;b", "": "1", strings.Repeat("k", 129): "1"},
	}.Validate()
	for _, want := range []string{
		`Tags is "ManagedBy"; allowed is any other name`, `Tags is "aws:x=1"; allowed is a name`, `Tags is "k=a;b"; allowed is a value`,
		`Tags is "=1"; allowed is a name`, `Tags is "kkk`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

// IAM takes two names that differ only by case for the same tag.
func TestTags_nameInAnotherCase_isRefused(t *testing.T) {
	for want, extra := range map[string]map[string]string{
		`Tags is "environment"; allowed is any other name, whatever its case: the component sets the tag Environment itself`: {"environment": "prod"},
		`Tags is "OWNER"; allowed is any other name, whatever its case: the component sets the tag Owner itself`:             {"OWNER": "data team"},
		`Tags is "team"; allowed is a name that differs from "Team" by more than its case`:                                   {"Team": "a", "team": "b"},
		`Tags is "équipe"; allowed is a name that differs from "Équipe" by more than its case`:                               {"équipe": "a", "Équipe": "b"},
	} {
		require.EqualError(t, naming.Tags{Extra: extra}.Validate(), want)
	}
	require.NoError(t, naming.Tags{Extra: map[string]string{"Team": "a", "teams": "A"}}.Validate())
}
