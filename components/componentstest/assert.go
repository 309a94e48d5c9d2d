package componentstest

import (
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Outputs makes a component under mocks with its function New, and returns its
// outputs by name.
func Outputs[A any, C pulumi.ComponentResource](
	tb testing.TB, newComponent func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (C, error), args A,
) map[string]any {
	tb.Helper()
	// Buffered, since Run does not wait for an output that no resource takes.
	outputs := make(chan map[string]any, 1)
	_, err := Run(tb, func(ctx *pulumi.Context) error {
		made, err := newComponent(ctx, "component", &args)
		if err != nil {
			return err
		}
		component.Outputs(made).ToMapOutput().ApplyT(func(all map[string]any) int { outputs <- all; return 0 })
		return nil
	})
	require.NoError(tb, err)
	return <-outputs
}

// Types counts the resources by type.
func (g *Graph) Types() map[string]int {
	counts := map[string]int{}
	for _, r := range g.resources {
		counts[r.Type]++
	}
	return counts
}

// Of returns the resources of a type; of all types, when it is empty.
func (g *Graph) Of(typeToken string) []Resource {
	var found []Resource
	for _, r := range g.resources {
		if typeToken == "" || r.Type == typeToken {
			found = append(found, r)
		}
	}
	return found
}

// One returns the only resource of a type and name.
func (g *Graph) One(tb testing.TB, typeToken, name string) Resource {
	tb.Helper()
	var found []Resource
	for _, r := range g.Of(typeToken) {
		if r.Name == name {
			found = append(found, r)
		}
	}
	require.Len(tb, found, 1, "%s %s", typeToken, name)
	return found[0]
}

// Calls returns the calls of a provider's function.
func (g *Graph) Calls(token string) []Call {
	var found []Call
	for _, call := range g.calls {
		if call.Token == token {
			found = append(found, call)
		}
	}
	return found
}

// Plain returns an input as plain Go values.
func (r Resource) Plain(key string) any {
	return r.Inputs[resource.PropertyKey(key)].Mappable()
}

// WaitsFor reports whether the resource waits for another.
func (r Resource) WaitsFor(other Resource) bool {
	return slices.ContainsFunc(r.DependsOn, func(urn string) bool {
		parsed := resource.URN(urn)
		return string(parsed.Type()) == other.Type && parsed.Name() == other.Name
	})
}

// AssertDescent asserts that every resource except the component is its child or
// a descendant, and names every other one. The SDK makes the stack the parent of a
// resource that has none, so the parent's type decides.
func (g *Graph) AssertDescent(tb testing.TB, component string) {
	tb.Helper()
	assert.Empty(tb, g.orphans(component), "resources that do not descend from %s", component)
}

func (g *Graph) orphans(component string) []string {
	var orphans []string
	for _, r := range g.resources {
		if r.Type == component {
			continue
		}
		ancestors := strings.Split(string(resource.URN(r.Parent).QualifiedType()), resource.URNTypeDelimiter)
		if r.Parent == "" || !slices.Contains(ancestors, component) {
			orphans = append(orphans, r.Type+" "+r.Name)
		}
	}
	slices.Sort(orphans)
	return orphans
}

// AssertNames asserts that no two resources of a type share a name, which the
// engine refuses under parents of one type and mocks accept.
func (g *Graph) AssertNames(tb testing.TB) {
	tb.Helper()
	seen := map[string]int{}
	for _, r := range g.resources {
		seen[r.Type+" "+r.Name]++
	}
	for name, count := range seen {
		assert.Equal(tb, 1, count, "resources called %s", name)
	}
}

// AssertTags asserts that the resources of the given types have exactly the
// tags, and that all others take none.
func (g *Graph) AssertTags(tb testing.TB, want map[string]string, taggable ...string) {
	tb.Helper()
	tags := map[string]any{}
	for key, value := range want {
		tags[key] = value
	}
	for _, r := range g.resources {
		has := r.Inputs.HasValue("tags")
		if has {
			assert.Equal(tb, tags, r.Plain("tags"), "%s %s", r.Type, r.Name)
		}
		assert.Equal(tb, slices.Contains(taggable, r.Type), has, "%s %s has tags", r.Type, r.Name)
	}
}
