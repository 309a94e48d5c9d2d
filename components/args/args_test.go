package args_test

import (
	"regexp"
	"testing"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type shared struct {
	Project string            `key:"project" default:"ingest" validate:"required,project" description:"Begins every name"`
	Tags    map[string]string `key:"tags" description:"More tags"`
}

type queue struct {
	MaxReceives int      `key:"maxReceiveCount" default:"5" validate:"min=1,max=1000" description:"Receives before the dead-letter queue"`
	Wait        *int     `key:"waitSeconds" default:"20" validate:"min=0,max=20" description:"Wait of a poll"`
	Encrypted   *bool    `key:"encrypted" default:"true" description:"Encrypts the queue"`
	Level       string   `key:"level" default:"INFO" validate:"oneof=DEBUG INFO ERROR" description:"Log level"`
	Names       []string `key:"names" default:"[\"prod\"]" validate:"dive,project" description:"Environments"`
}

type settings struct {
	shared
	AccountID string `validate:"account"`
	Queue     queue
	Other     chan int
}

var schema = args.Declare[settings](args.Formats{
	"project": {Form: regexp.MustCompile(`^[a-z]+$`), Allowed: "lower-case letters"},
	"account": {Form: regexp.MustCompile(`^[0-9]{12}$`), Allowed: "12 digits"},
})

func TestFields_listDeclarationsInOrder(t *testing.T) {
	var paths, keys, types, limits []string
	for _, field := range schema.Fields() {
		paths, keys, types, limits = append(paths, field.Path), append(keys, field.Key), append(types, field.Type), append(limits, field.Allowed)
	}
	assert.Equal(t, []string{"Project", "Tags", "AccountID", "Queue.MaxReceives", "Queue.Wait", "Queue.Encrypted", "Queue.Level", "Queue.Names"}, paths)
	assert.Equal(t, []string{"project", "tags", "", "maxReceiveCount", "waitSeconds", "encrypted", "level", "names"}, keys)
	assert.Equal(t, []string{"string", "object", "string", "integer", "integer", "boolean", "string", "array"}, types)
	assert.Equal(t, []string{"lower-case letters", "", "12 digits", "1 to 1000", "0 to 20", "", "DEBUG, INFO or ERROR", "lower-case letters"}, limits)
}

func TestSetDefaults_keepsWhatIsSet(t *testing.T) {
	zero, no := 0, false
	given := settings{Queue: queue{Wait: &zero, Encrypted: &no, Level: "ERROR"}}
	schema.SetDefaults(&given)
	assert.Equal(t, 0, *given.Queue.Wait)
	assert.False(t, *given.Queue.Encrypted)
	assert.Equal(t, "ERROR", given.Queue.Level)
	assert.Equal(t, 5, given.Queue.MaxReceives)
	assert.Equal(t, []string{"prod"}, given.Queue.Names)
}

func TestValidate_namesEveryFieldThatBreaksARule(t *testing.T) {
	var good settings
	schema.SetDefaults(&good)
	require.NoError(t, schema.Validate(&good))

	high := 21
	bad := settings{AccountID: "12", Queue: queue{Wait: &high, Level: "LOUD", Names: []string{"prod", "Bad"}}}
	err := schema.Validate(&bad)
	assert.Equal(t, []string{
		"Project is not set; allowed is lower-case letters",
		`AccountID is "12"; allowed is 12 digits`,
		`Queue.MaxReceives is 0; allowed is 1 to 1000`,
		`Queue.Wait is 21; allowed is 0 to 20`,
		`Queue.Level is "LOUD"; allowed is DEBUG, INFO or ERROR`,
		`Queue.Names is "Bad"; allowed is lower-case letters`,
	}, lines(err))
}

func lines(err error) []string {
	var all []string
	for _, each := range err.(interface{ Unwrap() []error }).Unwrap() {
		all = append(all, each.Error())
	}
	return all
}

func TestDecode_setsFieldsAndRefusesOtherTypes(t *testing.T) {
	texts := map[string]string{"maxReceiveCount": "7", "waitSeconds": "0", "encrypted": "false", "names": `["a","b"]`}
	lookup := func(key string) (string, bool) { text, found := texts[key]; return text, found }
	var into settings
	require.NoError(t, schema.Decode(&into, lookup))
	assert.Equal(t, 7, into.Queue.MaxReceives)
	assert.Equal(t, 0, *into.Queue.Wait)
	assert.False(t, *into.Queue.Encrypted)
	assert.Equal(t, []string{"a", "b"}, into.Queue.Names)

	texts = map[string]string{"maxReceiveCount": "many", "encrypted": "yes", "names": "a"}
	err := schema.Decode(&into, lookup)
	assert.Equal(t, []string{
		`Queue.MaxReceives is "many"; allowed is a whole number`,
		`Queue.Encrypted is "yes"; allowed is true or false`,
		`Queue.Names is "a"; allowed is a list of texts`,
	}, lines(err))
}

func TestError_usesTheNamesThatItIsGiven(t *testing.T) {
	err := error(&args.Error{Field: "Dlq", Value: 60, Allowed: "no less than {Queue.Retention}"})
	require.EqualError(t, err, "Dlq is 60; allowed is no less than Queue.Retention")
	var argument *args.Error
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, []string{"Queue.Retention"}, argument.References())
	assert.Equal(t, "k:Dlq is 60; allowed is no less than k:Queue.Retention", argument.Text(func(field string) string { return "k:" + field }))
	assert.EqualError(t, &args.Error{Field: "Project", Value: "", Allowed: "a name"}, "Project is not set; allowed is a name")
}

func TestDeclare_panicsOnADefaultOfAnotherType(t *testing.T) {
	type broken struct {
		Count int `default:"many"`
	}
	assert.PanicsWithValue(t, `args: Count: its default "many" is not a whole number`, func() { args.Declare[broken]() })
	type silent struct {
		Count int `key:"count"`
	}
	assert.PanicsWithValue(t, "args: Count has a key and no description", func() { args.Declare[silent]() })
}
