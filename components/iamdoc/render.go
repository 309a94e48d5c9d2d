package iamdoc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// policy and statement have the elements in IAM's usual order.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    Effect
	Principal any `json:",omitempty"`
	Action    any
	Resource  any                       `json:",omitempty"`
	Condition map[string]map[string]any `json:",omitempty"`
}

func (s Statement) render() statement {
	r := statement{Sid: s.Sid, Effect: s.Effect, Principal: s.Principal.render(), Action: values(s.Actions), Resource: values(s.Resources)}
	for operator, keys := range s.Conditions {
		if r.Condition == nil {
			r.Condition = map[string]map[string]any{}
		}
		r.Condition[operator] = map[string]any{}
		for key, all := range keys {
			r.Condition[operator][key] = values(all)
		}
	}
	return r
}

func (p Principal) render() any {
	if p.Everyone {
		return "*"
	}
	kinds := map[string]any{}
	for name, all := range map[string][]string{"AWS": p.AWS, "Federated": p.Federated, "Service": p.Services} {
		if len(all) > 0 {
			kinds[name] = values(all)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return kinds
}

// values writes one value as it is and several as a sorted list, each once: IAM
// keeps them as sets, and gives a list of one back as a value.
func values(all []string) any {
	sorted := slices.Compact(slices.Sorted(slices.Values(all)))
	switch len(sorted) {
	case 0:
		return nil
	case 1:
		return sorted[0]
	}
	return sorted
}

// encode writes JSON without the escapes that JSON in HTML would need.
func encode(document policy) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return "", fmt.Errorf("iamdoc: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
