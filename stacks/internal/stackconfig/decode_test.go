package stackconfig_test

import (
	"errors"
	"maps"
	"regexp"
	"testing"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample has a field of each type.
type sample struct {
	Region       string            `key:"aws:region" description:"The region"`
	Owner        string            `key:"owner" validate:"required,word" description:"The owner"`
	Count        *int              `key:"count" default:"3" validate:"min=0,max=9" description:"Tasks"`
	Retries      int               `key:"retries" default:"5" validate:"min=1,max=20" description:"Attempts"`
	ForceDestroy bool              `key:"forceDestroy" description:"Destroys what it holds"`
	Environments []string          `key:"environments" description:"Environments"`
	Tags         map[string]string `key:"tags" description:"More tags"`
	Image        image
}

type image struct {
	Tag  string `key:"imageTag" description:"An image by its tag"`
	Name string `key:"imageName" description:"An image by its name"`
}

var samples = args.Declare[sample](args.Formats{"word": {Form: regexp.MustCompile(`^[a-z]+$`), Allowed: "a word"}})

// Validate is what a component's Args have.
func (s sample) Validate() error {
	err := samples.Validate(&s)
	if (s.Image.Tag == "") == (s.Image.Name == "") {
		err = errors.Join(err, &args.Error{Field: "Image.Tag", Value: s.Image.Tag, Allowed: "one of {Image.Tag} and {Image.Name}"})
	}
	return err
}

// decode reads the defaults and what a stack sets on top.
func decode(set map[string]string) (sample, error) {
	values := map[string]string{
		"aws:region": "us-east-1", "ingest-x:owner": "data", "ingest-x:count": "3", "ingest-x:retries": "5",
		"ingest-x:forceDestroy": "false", "ingest-x:environments": `["prod"]`, "ingest-x:tags": "{}",
		"ingest-x:imageTag": "v1", "ingest-x:imageName": "",
	}
	maps.Copy(values, set)
	var got sample
	err := stackconfig.Decode(stackconfig.New("stacks/x", "ingest-x", "prod", values), samples, &got)
	return got, err
}

func TestDecode_readsValuesAsTheirType(t *testing.T) {
	values := map[string]string{"ingest-x:forceDestroy": "true", "ingest-x:tags": `{"Team":"a"}`, "ingest-x:count": "0"}
	got, err := decode(values)
	require.NoError(t, err)
	none := 0
	assert.Equal(t, sample{
		Region: "us-east-1", Owner: "data", Count: &none, Retries: 5, ForceDestroy: true,
		Environments: []string{"prod"}, Tags: map[string]string{"Team": "a"}, Image: image{Tag: "v1"},
	}, got)
}

func TestDecode_errors_nameEachKeyAndItsCommand(t *testing.T) {
	_, err := decode(map[string]string{
		"aws:region": "", "ingest-x:owner": "", "ingest-x:count": "many", "ingest-x:retries": "0", "ingest-x:forceDestroy": "yes",
		"ingest-x:environments": `"prod"`, "ingest-x:tags": `{"a":1}`, "ingest-x:ownr": "data", "ingest-y:count": "1",
	})
	assert.EqualError(t, err, `the configuration of ingest-x, stack prod, needs a change:
  count is "many"; allowed is a whole number
  forceDestroy is "yes"; allowed is true or false
  environments is "\"prod\""; allowed is a list of texts
  tags is "{\"a\":1}"; allowed is texts by name
  aws:region is not set
  owner is not set; allowed is a word
  retries is 0; allowed is 1 to 20
  ownr is not a key of ingest-x; allowed is one of aws:region, count, environments, forceDestroy, imageName, imageTag, owner, retries, tags
  ingest-y:count is not a key of ingest-x; allowed is one of aws:region, count, environments, forceDestroy, imageName, imageTag, owner, retries, tags
The commands for it:
  pulumi -C stacks/x config rm --stack prod ingest-x:ownr
  pulumi -C stacks/x config rm --stack prod ingest-y:count
  pulumi -C stacks/x config set --stack prod --path 'environments[0]' <value>
  pulumi -C stacks/x config set --stack prod --path tags.<name> <value>
  pulumi -C stacks/x config set --stack prod aws:region <value>
  pulumi -C stacks/x config set --stack prod count <number>
  pulumi -C stacks/x config set --stack prod forceDestroy true|false
  pulumi -C stacks/x config set --stack prod owner <value>
  pulumi -C stacks/x config set --stack prod retries <number>`)
}

func TestDecode_contradictingKeys_removesOne(t *testing.T) {
	_, err := decode(map[string]string{"ingest-x:imageName": "api"})
	require.ErrorContains(t, err, `imageTag is "v1"; allowed is one of imageTag and imageName`)
	require.ErrorContains(t, err, "config rm --stack prod imageName\n")
	require.ErrorContains(t, err, "config rm --stack prod imageTag")
	assert.NotContains(t, err.Error(), "config set")
}

func TestDecode_allKeysMissing_setsOne(t *testing.T) {
	_, err := decode(map[string]string{"ingest-x:imageTag": ""})
	require.ErrorContains(t, err, "imageTag is not set; allowed is one of imageTag and imageName")
	require.ErrorContains(t, err, "config set --stack prod imageName <value>\n")
	assert.NotContains(t, err.Error(), "config rm")
}

func TestDecode_undeclaredKey_fails(t *testing.T) {
	var got sample
	err := stackconfig.Decode(stackconfig.New(".", "ingest-x", "prod", map[string]string{"aws:profile": "a", "pulumi:tags": "{}"}), samples, &got)
	require.ErrorContains(t, err, "count has neither a value nor a default; Pulumi.yaml must declare it")
	require.ErrorContains(t, err, "\n  pulumi config set --stack prod owner <value>", "at the root no folder is named")
	assert.NotContains(t, err.Error(), "aws:profile", "other namespaces are not this stack's")
}
