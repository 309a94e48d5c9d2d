package fakecloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// kind is what AWS, and the aws provider, do with one type of resource.
type kind struct {
	// token is the type's token; the table below fills it in.
	token string
	// identify makes the id of a new resource.
	identify func(c *Cloud, inputs resource.PropertyMap) string
	// computed are the outputs that AWS assigns.
	computed func(c *Cloud, id string, inputs resource.PropertyMap) outputs
	// handle is the output that tells resources with one id apart.
	handle string
	// autoname is the input that the provider fills with a random name of at most
	// longest characters.
	autoname string
	longest  int
	// replaces are the inputs that cannot be changed in place ("ForceNew" in
	// Terraform's schema); inPlace, when given, are the only ones that can.
	replaces []string
	inPlace  []string
	// keeps are the inputs that stay as they are when they are no longer given: the
	// provider does not send their removal.
	keeps []string
	// secrets are the attributes that the provider keeps secret ("Sensitive").
	secrets []string
	// conflict is AWS's message for a resource that exists already.
	conflict string
	// needs are the inputs that name another resource.
	needs []need
	// validate rejects the inputs that AWS rejects; create follows it.
	validate func(c *Cloud, inputs resource.PropertyMap) error
	create   func(c *Cloud, o *object)
	// read brings attributes up to date that follow from other resources.
	read func(c *Cloud, o *object)
	// update changes attributes in addition to those in changed, with what the provider
	// sends along: the values that it believes the resource to have.
	update func(c *Cloud, o *object, believed resource.PropertyMap, changed []string)
	// refuse is what AWS says against deleting the resource; remove follows it.
	// The resource stays where retained says so.
	refuse   func(c *Cloud, o *object) error
	remove   func(c *Cloud, o *object)
	retained func(o *object) bool
}

type outputs map[string]any

// need is an input that names another resource.
type need struct {
	// path is where the name is; see texts.
	path string
	// kind is the type of the other.
	kind string
	// missing is AWS's message for a resource that does not exist; %s is its name.
	missing string
	// blocks is what AWS says when the other is to be deleted while this one is
	// there. When it is empty this one goes with the other.
	blocks string
}

// kinds are all types of resources that the cloud knows, by their tokens.
var kinds = join(storageKinds, messagingKinds, iamKinds, networkKinds, vpcKinds, previousKinds, httpsKinds, containerKinds, scalingKinds)

func join(tables ...map[string]*kind) map[string]*kind {
	all := map[string]*kind{}
	for _, table := range tables {
		for token, k := range table {
			k.token = token
			all[token] = k
		}
	}
	return all
}

// kindOf is a type by its token.
func kindOf(token string) (*kind, error) {
	if k, known := kinds[token]; known {
		return k, nil
	}
	return nil, fmt.Errorf("the fake AWS account knows no type %s: describe it in a table of stacks/internal/testing/fakecloud", token)
}

// replacing reports whether a change of an input makes a new resource.
func (k *kind) replacing(input string) bool {
	if k.inPlace != nil {
		return !slices.Contains(k.inPlace, input)
	}
	return slices.Contains(k.replaces, input)
}

// attributes are the outputs of a new resource.
func (k *kind) attributes(c *Cloud, id string, inputs resource.PropertyMap) resource.PropertyMap {
	all := inputs.Copy()
	if tags, tagged := all["tags"]; tagged {
		all["tagsAll"] = tags
	}
	if k.computed != nil {
		for name, value := range k.computed(c, id, inputs) {
			all[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
		}
	}
	return all
}

// given makes ids of an input.
func given(input string) func(*Cloud, resource.PropertyMap) string {
	return func(_ *Cloud, inputs resource.PropertyMap) string { return text(inputs, input) }
}

// serial makes ids of a prefix and a number of hexadecimal digits.
func serial(prefix string, digits int) func(*Cloud, resource.PropertyMap) string {
	return func(c *Cloud, _ resource.PropertyMap) string { return prefix + c.hex(digits) }
}

// itself gives a resource its id as an output.
func itself(name string) func(*Cloud, string, resource.PropertyMap) outputs {
	return func(_ *Cloud, id string, _ resource.PropertyMap) outputs { return outputs{name: id} }
}

// missingRefs returns an error for the first reference among the inputs to
// something that the account does not have.
func (c *Cloud) missingRefs(k *kind, inputs resource.PropertyMap) error {
	for _, n := range k.needs {
		for _, name := range texts(inputs, n.path) {
			if c.find(n.kind, name) == nil && !strings.HasPrefix(name, awsManaged) {
				return refusal(n.missing, name)
			}
		}
	}
	return nil
}

// awsManaged begins the ARNs of the policies that every account has.
const awsManaged = "arn:aws:iam::aws:policy/"

// dependents are the resources that name another: those that go with it, or the
// error of the first that does not let it go.
func (c *Cloud) dependents(o *object) (owned []*object, err error) {
	for _, other := range c.objects {
		for _, n := range other.kind.needs {
			if n.kind != o.kind.token || !slices.Contains(texts(other.attributes, n.path), o.id) {
				continue
			}
			if n.blocks != "" {
				return nil, refusal(n.blocks, o.id)
			}
			owned = append(owned, other)
		}
	}
	return owned, nil
}

// refusal is an error with AWS's message, in which %s is replaced by the name.
func refusal(words, name string) error {
	return fmt.Errorf("%s", strings.ReplaceAll(words, "%s", name))
}
