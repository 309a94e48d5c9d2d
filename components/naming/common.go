package naming

import (
	"regexp"

	"github.com/ingest-iac/ingest/components/args"
)

// Common are the arguments that every component has.
type Common struct {
	// Project begins every name: "<project>-".
	//
	// Rights are given by the beginnings of names, "<project>-<environment>-": no
	// other project of the account may be named like an environment of this one.
	Project string `key:"project" default:"ingest" validate:"required,project" description:"Begins every name; the three stacks have to agree"`
	// Owner and Tags are added to the tags of every resource. IAM ignores the case of
	// their names, so names that differ only by case are refused.
	Owner string            `key:"owner" validate:"tag" description:"The tag Owner of every resource; empty leaves it out"`
	Tags  map[string]string `key:"tags" description:"More tags of every resource, texts by name"`
	// Region and AccountID are part of names and ARNs. Empty ones are asked of AWS,
	// with the provider that the component is given.
	Region    string `key:"aws:region" validate:"region" description:"The region; the three stacks of an environment have to agree"`
	AccountID string `validate:"account"`
}

// Formats are the forms of the arguments that components share.
var Formats = args.Formats{
	"project": {
		Form:    regexp.MustCompile(`^[a-z][a-z0-9-]{0,18}[a-z0-9]$`),
		Allowed: "2 to 20 lower-case letters, digits and single hyphens, a letter first and no hyphen last",
		Not:     regexp.MustCompile(`--`),
	},
	"environment": {
		Form:    regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`),
		Allowed: "1 to 12 lower-case letters and digits, a letter first",
	},
	// Other partitions have other service names, and China another audience of
	// its own for web identities.
	"region": {
		Form:    regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-[0-9]$`),
		Allowed: "a region of the partitions aws and aws-us-gov, such as us-east-1",
		Not:     regexp.MustCompile(`^cn-`),
	},
	"account": {Form: regexp.MustCompile(`^[0-9]{12}$`), Allowed: "12 digits"},
	"tag":     {Form: tagValueForm, Allowed: tagAllowed},
}

// TagsOf returns the tags of every resource of an environment, or of what the
// environments share.
func (c Common) TagsOf(environment string) Tags {
	return Tags{Project: c.Project, Environment: environment, Owner: c.Owner, Extra: c.Tags}
}
