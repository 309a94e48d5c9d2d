// Package mocktest records the whole graph of resources that a program
// registers, for tests of components.
package mocktest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where the mocked AWS is.
const (
	Account = "123456789012"
	Region  = "eu-west-1"
)

// Resource is one resource as it was registered.
type Resource struct {
	// Type is its type token, as "aws:sqs/queue:Queue"; Name its logical name.
	Type, Name string
	// Inputs are plain values, secrets included.
	Inputs resource.PropertyMap
	// Parent is the URN of the parent.
	Parent string
	// IgnoreChanges and Protect are its options.
	IgnoreChanges []string
	Protect       bool
	// SecretInputs are the inputs that are secret.
	SecretInputs []string
}

// Graph is what a program registered. It implements pulumi.MockResourceMonitor.
type Graph struct {
	mu        sync.Mutex
	resources []Resource
}

// Run runs a program under mocks and returns what it registered.
func Run(tb testing.TB, program func(*pulumi.Context) error) (*Graph, error) {
	tb.Helper()
	graph := &Graph{}
	err := pulumi.RunErr(program, pulumi.WithMocks("project", "stack", graph))
	return graph, err
}

// NewResource implements pulumi.MockResourceMonitor: AWS answers with an ARN and
// an id that name the resource.
func (g *Graph) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	recorded := Resource{Type: args.TypeToken, Name: args.Name, Inputs: resource.PropertyMap{}}
	if rpc := args.RegisterRPC; rpc != nil {
		recorded.Parent, recorded.IgnoreChanges, recorded.Protect = rpc.GetParent(), rpc.GetIgnoreChanges(), rpc.GetProtect()
	}
	outputs := resource.PropertyMap{}
	for key, value := range args.Inputs {
		if value.IsSecret() {
			recorded.SecretInputs = append(recorded.SecretInputs, string(key))
			value = value.SecretValue().Element
		}
		recorded.Inputs[key], outputs[key] = value, value
	}
	outputs["arn"] = resource.NewStringProperty("arn:mock:" + args.Name + ":" + args.TypeToken)
	if _, given := outputs["name"]; !given {
		outputs["name"] = resource.NewStringProperty(args.Name)
	}
	if args.TypeToken == "aws:sqs/queue:Queue" {
		outputs["url"] = resource.NewStringProperty("https://sqs/" + args.Name)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resources = append(g.resources, recorded)
	return args.Name + "-id", outputs, nil
}

// Call implements pulumi.MockResourceMonitor: it says where the mocked AWS is.
func (g *Graph) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getRegion:getRegion":
		return resource.PropertyMap{"name": resource.NewStringProperty(Region)}, nil
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.PropertyMap{"accountId": resource.NewStringProperty(Account)}, nil
	default:
		return nil, fmt.Errorf("nobody laid down an answer to %s", args.Token)
	}
}

// Types counts the resources by type.
func (g *Graph) Types() map[string]int {
	counts := map[string]int{}
	for _, r := range g.resources {
		counts[r.Type]++
	}
	return counts
}

// One is the only resource of a type and name.
func (g *Graph) One(tb testing.TB, typeToken, name string) Resource {
	tb.Helper()
	var found []Resource
	for _, r := range g.resources {
		if r.Type == typeToken && r.Name == name {
			found = append(found, r)
		}
	}
	require.Len(tb, found, 1, "%s %s", typeToken, name)
	return found[0]
}

// Plain is an input as plain Go values.
func (r Resource) Plain(key string) any {
	return r.Inputs[resource.PropertyKey(key)].Mappable()
}

// AssertDescent asserts that every resource but the component hangs on it,
// naming every orphan.
func (g *Graph) AssertDescent(tb testing.TB, component string) {
	tb.Helper()
	var orphans []string
	for _, r := range g.resources {
		if r.Type != component && r.Parent == "" {
			orphans = append(orphans, r.Type+" "+r.Name)
		}
	}
	assert.Empty(tb, orphans, "resources without a parent")
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
		assert.Equal(tb, contains(taggable, r.Type), has, "%s %s has tags", r.Type, r.Name)
	}
}

func contains(all []string, one string) bool {
	for _, other := range all {
		if other == one {
			return true
		}
	}
	return false
}
