package naming

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ingest-iac/ingest/components/args"
)

// Tags are what every resource is tagged with.
type Tags struct {
	Project     string
	Environment string
	// Owner is left out when empty.
	Owner string
	// Extra come on top; they cannot replace the others. No two names of tags may
	// differ only by case.
	Extra map[string]string
}

// Limits of a tag, in characters. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	maxTagKey = 128
	maxTags   = 45
)

// tagForm are the characters that every AWS service takes in tags.
var (
	tagForm      = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	tagValueForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
)

const tagAllowed = "up to 256 letters, digits, spaces and _.:/=+-@"

// ownTags are the names of the tags that components set.
var ownTags = []string{"Project", "Environment", "ManagedBy", "Owner"}

// Map is the tags as they are set.
func (t Tags) Map() map[string]string {
	all := maps.Clone(t.Extra)
	if all == nil {
		all = map[string]string{}
	}
	all["Project"], all["Environment"], all["ManagedBy"] = t.Project, t.Environment, "Pulumi"
	if t.Owner != "" {
		all["Owner"] = t.Owner
	}
	return all
}

// Validate names every extra tag that AWS, or this project, refuses. Each error is
// an [*args.Error].
func (t Tags) Validate() error {
	var wrong []error
	refuse := func(value any, allowed string) {
		wrong = append(wrong, &args.Error{Field: "Tags", Value: value, Allowed: allowed})
	}
	if len(t.Extra) > maxTags {
		refuse(fmt.Sprintf("%d tags", len(t.Extra)), fmt.Sprintf("up to %d, next to the component's own", maxTags))
	}
	keys := slices.Sorted(maps.Keys(t.Extra))
	for i, key := range keys {
		value := t.Extra[key]
		// IAM ignores the case of names: two of one name are "Duplicate tag keys" there.
		same := func(other string) bool { return strings.EqualFold(other, key) }
		own := slices.IndexFunc(ownTags, same)
		earlier := slices.IndexFunc(keys[:i], same)
		switch {
		case own >= 0:
			refuse(key, fmt.Sprintf("any other name, whatever its case: the component sets the tag %s itself", ownTags[own]))
		case earlier >= 0:
			refuse(key, fmt.Sprintf("a name that differs from %q by more than its case", keys[earlier]))
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagForm.MatchString(key) || strings.HasPrefix(strings.ToLower(key), "aws:"):
			refuse(key+"="+value, fmt.Sprintf("a name of 1 to %d letters, digits, spaces and _.:/=+-@ that does not begin with aws:", maxTagKey))
		case !tagValueForm.MatchString(value):
			refuse(key+"="+value, "a value of "+tagAllowed)
		}
	}
	return errors.Join(wrong...)
}
