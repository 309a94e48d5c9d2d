package fakecloud

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// change is how an input differs from what the state says.
type change struct {
	input string
	kind  plugin.DiffKind
}

// changes compares inputs with a resource's last known outputs, as the provider
// does: an input that is no longer given is removed, and one that
// is not yet known is one that changes.
func changes(oldInputs, oldOutputs, news resource.PropertyMap, ignored []string) []change {
	var found []change
	for name, value := range news {
		old, had := oldOutputs[name]
		switch {
		case name == defaults, slices.Contains(ignored, string(name)):
		case !had:
			found = append(found, change{string(name), plugin.DiffAdd})
		case value.ContainsUnknowns() || !plain(old).DeepEquals(plain(value)):
			found = append(found, change{string(name), plugin.DiffUpdate})
		}
	}
	for name := range oldInputs {
		if _, given := news[name]; !given && name != defaults && !slices.Contains(ignored, string(name)) {
			found = append(found, change{string(name), plugin.DiffDelete})
		}
	}
	slices.SortFunc(found, func(a, b change) int { return strings.Compare(a.input, b.input) })
	return found
}

// plain is a value without its secrecy: the same text is not a change because one
// side is secret.
func plain(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsArray():
		elements := make([]resource.PropertyValue, 0, len(value.ArrayValue()))
		for _, element := range value.ArrayValue() {
			elements = append(elements, plain(element))
		}
		return resource.NewArrayProperty(elements)
	case value.IsObject():
		return resource.NewObjectProperty(plainMap(value.ObjectValue()))
	default:
		return value
	}
}

func plainMap(properties resource.PropertyMap) resource.PropertyMap {
	all := resource.PropertyMap{}
	for name, value := range properties {
		all[name] = plain(value)
	}
	return all
}

// diff is the provider's answer to an engine.
func (k *kind) diff(found []change, olds, news resource.PropertyMap) plugin.DiffResult {
	if len(found) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, DetailedDiff: map[string]plugin.PropertyDiff{}}
	for _, c := range found {
		kind := c.kind
		result.ChangedKeys = append(result.ChangedKeys, resource.PropertyKey(c.input))
		if k.replacing(c.input) {
			result.ReplaceKeys = append(result.ReplaceKeys, resource.PropertyKey(c.input))
			kind = replacement[kind]
		}
		result.DetailedDiff[c.input] = plugin.PropertyDiff{Kind: kind, InputDiff: true}
	}
	// A name that the user chose stays in use until the resource that has it is deleted.
	name := resource.PropertyKey(k.autoname)
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && k.autoname != "" && news[defaults].IsNull() &&
		plain(olds[name]).DeepEquals(plain(news[name]))
	return result
}

var replacement = map[plugin.DiffKind]plugin.DiffKind{
	plugin.DiffAdd:    plugin.DiffAddReplace,
	plugin.DiffUpdate: plugin.DiffUpdateReplace,
	plugin.DiffDelete: plugin.DiffDeleteReplace,
}
