package naming

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tags are what every resource is tagged with.
type Tags struct {
	Project     string
	Environment string
	// Owner is left out when empty.
	Owner string
	// Extra come on top; they cannot replace the others.
	Extra map[string]string
}

// Limits of a tag, in characters. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	maxTagKey   = 128
	maxTagValue = 256
	maxTags     = 45
)

// tagForm are the characters that every AWS service takes in tags.
var tagForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

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

// Validate names every tag that AWS, or this project, does not take.
func (t Tags) Validate() error {
	var wrong []error
	if len(t.Extra) > maxTags {
		wrong = append(wrong, fmt.Errorf("tags are %d; allowed are %d beside the fixed ones", len(t.Extra), maxTags))
	}
	if !tagForm.MatchString(t.Owner) || utf8.RuneCountInString(t.Owner) > maxTagValue {
		wrong = append(wrong, fmt.Errorf("owner is %q; allowed are up to %d letters, digits, spaces and _.:/=+-@", t.Owner, maxTagValue))
	}
	for _, key := range slices.Sorted(maps.Keys(t.Extra)) {
		value := t.Extra[key]
		switch {
		case slices.Contains([]string{"Project", "Environment", "ManagedBy", "Owner"}, key):
			wrong = append(wrong, fmt.Errorf("tag %q is set by the component and cannot be given", key))
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagForm.MatchString(key) || strings.HasPrefix(strings.ToLower(key), "aws:"):
			wrong = append(wrong, fmt.Errorf("tag key %q is not allowed; allowed are 1 to %d letters, digits, spaces and _.:/=+-@, and not aws: at the beginning", key, maxTagKey))
		case utf8.RuneCountInString(value) > maxTagValue || !tagForm.MatchString(value):
			wrong = append(wrong, fmt.Errorf("tag %q is %q; allowed are up to %d letters, digits, spaces and _.:/=+-@", key, value, maxTagValue))
		}
	}
	return errors.Join(wrong...)
}
