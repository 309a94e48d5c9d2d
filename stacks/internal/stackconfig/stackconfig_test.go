package stackconfig_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// defaults are what the engine gives when a stack sets nothing but the region.
func defaults() map[string]string {
	return map[string]string{
		"aws:region": "us-east-1", "ingest-x:project": "ingest", "ingest-x:owner": "", "ingest-x:count": "3",
		"ingest-x:retries": "5", "ingest-x:forceDestroy": "false", "ingest-x:environments": `["prod"]`, "ingest-x:tags": "{}",
		"ingest-x:imageTag": "", "ingest-x:imageName": "",
	}
}

// with is the defaults and what a stack sets on top.
func with(set map[string]string) *stackconfig.Config {
	values := defaults()
	maps.Copy(values, set)
	return stackconfig.New("stacks/x", "ingest-x", "prod", values)
}

type settings struct {
	region, project, owner string
	count, retries         int
	force                  bool
	environments           []string
	tags                   map[string]string
}

func read(config *stackconfig.Config) settings {
	got := settings{
		region: config.Region(), project: config.Text("project"), owner: config.Required("owner"),
		count: config.Number("count"), retries: config.Positive("retries"), force: config.Bool("forceDestroy"),
		environments: config.List("environments"), tags: config.Map("tags"),
	}
	config.Text("imageTag")
	config.Text("imageName")
	return got
}

func TestValuesAreReadAsTheirType(t *testing.T) {
	config := with(map[string]string{"ingest-x:owner": "data", "ingest-x:forceDestroy": "true", "ingest-x:tags": `{"Team":"a"}`})
	got := read(config)
	require.NoError(t, config.Check(nil))
	assert.Equal(t, settings{
		region: "us-east-1", project: "ingest", owner: "data", count: 3, retries: 5, force: true,
		environments: []string{"prod"}, tags: map[string]string{"Team": "a"},
	}, got)
}

func TestEveryFaultIsNamedAtOnceWithItsCommand(t *testing.T) {
	config := with(map[string]string{
		"aws:region": "", "ingest-x:count": "many", "ingest-x:retries": "0", "ingest-x:forceDestroy": "yes",
		"ingest-x:environments": `"prod"`, "ingest-x:tags": `{"a":1}`, "ingest-x:ownr": "data", "ingest-y:count": "1",
	})
	read(config)
	assert.EqualError(t, config.Check(errors.New(`owner is ""; allowed is another
project is "ingest"; allowed is none`)), `the configuration of ingest-x, stack prod, needs a change:
  region is not set
  owner is not set
  count is "many"; allowed is a whole number
  retries is "0"; allowed is 1 or more
  forceDestroy is "yes"; allowed is true or false
  environments is "\"prod\""; allowed is a list of texts
  tags is "{\"a\":1}"; allowed is texts by name
  project is "ingest"; allowed is none
  ownr is no key of ingest-x; allowed are aws:region, count, environments, forceDestroy, imageName, imageTag, owner, project, retries, tags
  ingest-y:count is no key of ingest-x; allowed are aws:region, count, environments, forceDestroy, imageName, imageTag, owner, project, retries, tags
The commands for it:
  pulumi -C stacks/x config rm --stack prod ingest-x:ownr
  pulumi -C stacks/x config rm --stack prod ingest-y:count
  pulumi -C stacks/x config set --stack prod --path 'environments[0]' <value>
  pulumi -C stacks/x config set --stack prod --path tags.<name> <value>
  pulumi -C stacks/x config set --stack prod aws:region <region>
  pulumi -C stacks/x config set --stack prod count <number>
  pulumi -C stacks/x config set --stack prod forceDestroy true|false
  pulumi -C stacks/x config set --stack prod owner <value>
  pulumi -C stacks/x config set --stack prod project <value>
  pulumi -C stacks/x config set --stack prod retries <number>`)
}

func TestKeysThatContradictEachOtherAreRemoved(t *testing.T) {
	config := with(map[string]string{"ingest-x:owner": "a", "ingest-x:imageTag": "v1", "ingest-x:imageName": "api"})
	read(config)
	err := config.Check(errors.New(`the image is named by imageTag and by imageName; allowed is one of them`))
	require.ErrorContains(t, err, "config rm --stack prod imageName\n")
	require.ErrorContains(t, err, "config rm --stack prod imageTag")
	assert.NotContains(t, err.Error(), "config set")
}

func TestOfKeysThatAreAllMissingOneIsSet(t *testing.T) {
	config := with(map[string]string{"ingest-x:owner": "a"})
	read(config)
	err := config.Check(errors.New(`no image is named; allowed is one of imageTag and imageName`))
	require.ErrorContains(t, err, "config set --stack prod imageName <value>\n")
	require.ErrorContains(t, err, "config set --stack prod imageTag <value>")
	assert.NotContains(t, err.Error(), "config rm")
}

func TestAtTheRootNoDirectoryIsNamed(t *testing.T) {
	config := stackconfig.New(".", "ingest-x", "prod", map[string]string{"ingest-x:a": ""})
	config.Required("a")
	require.ErrorContains(t, config.Check(nil), "\n  pulumi config set --stack prod a <value>")
}

func TestAKeyThatIsNotDeclaredIsAFault(t *testing.T) {
	config := stackconfig.New(".", "ingest-x", "prod", nil)
	config.Number("count")
	require.ErrorContains(t, config.Check(nil), "count has neither a value nor a default; Pulumi.yaml has to declare it")
}

func TestOtherNamespacesAreLeftAlone(t *testing.T) {
	config := stackconfig.New(".", "ingest-x", "prod", map[string]string{"aws:profile": "a", "pulumi:tags": "{}"})
	assert.NoError(t, config.Check(nil))
}
