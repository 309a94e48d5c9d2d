// Package fakecloud is an AWS account in memory or in a file (see [Open]), and the
// Pulumi providers aws, awsx and docker-build over it. A real engine attaches them
// in place of the plugins of those names; see [Cloud.Serve].
//
// It keeps resources as AWS does: with ids and ARNs in AWS's forms, refusing what
// AWS refuses. It can be changed without Pulumi (see
// [Cloud.SetParameter] and the methods next to it). What is replaced and what is
// updated follows pulumi-aws 6.83, which is terraform-provider-aws 5.100.
//
// It knows the types of resources and the functions that this project's
// components use, each in a table; any other is an error, so that a test fails
// where a component starts to use more.
package fakecloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Account is the account that every [Cloud] is.
const Account = "123456789012"

// Cloud is one AWS account. All methods may be called at the same time.
type Cloud struct {
	mu sync.Mutex
	// region is that of the provider's last configuration.
	region  string
	objects map[string]*object
	vpc     *vpc
	serial  uint64
	calls   []Call
	faults  []fault
	// stored are the objects in buckets, pushed the images in repositories: a
	// digest by tag.
	stored map[string][]string
	pushed map[string]map[string]string
	// revisions counts the task definitions of a family.
	revisions map[string]int
	// running is the task definition that a service runs, rolledBack the one that
	// ECS rolled back last, by the service's id. unhealthy are the digests of images
	// whose tasks never become healthy.
	running, rolledBack map[string]string
	unhealthy           map[string]bool
	// alarming are alarms by the digests of the images that set them off, setOff the
	// alarm that rolled a service back last, by the service's id.
	alarming, setOff map[string]string
	// file is written after each change; see [Open].
	file string
}

// object is one resource in the account.
type object struct {
	kind *kind
	id   string
	// inputs are the keys of the attributes that were asked for; the others are
	// AWS's own.
	inputs     []resource.PropertyKey
	attributes resource.PropertyMap
}

// New is an empty account with a default VPC in each region.
func New() *Cloud {
	return &Cloud{
		objects:   map[string]*object{},
		vpc:       defaultVpc(),
		stored:    map[string][]string{},
		pushed:    map[string]map[string]string{},
		revisions: map[string]int{},
		running:   map[string]string{}, rolledBack: map[string]string{}, unhealthy: map[string]bool{}, alarming: map[string]string{}, setOff: map[string]string{},
	}
}

// Resource is a resource as AWS has it.
type Resource struct {
	// Type is Pulumi's token for it, as "aws:sqs/queue:Queue".
	Type string
	ID   string
	// Attributes are inputs and computed outputs, as plain values.
	Attributes map[string]any
}

// Resources are those of a type, ordered by their ids; of all types, when it is
// empty.
func (c *Cloud) Resources(typeToken string) []Resource {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []Resource
	for _, o := range c.sorted() {
		if typeToken == "" || o.kind.token == typeToken {
			found = append(found, Resource{Type: o.kind.token, ID: o.id, Attributes: o.attributes.Mappable()})
		}
	}
	return found
}

// sorted are all resources in the order of their types and ids.
func (c *Cloud) sorted() []*object {
	all := make([]*object, 0, len(c.objects))
	for _, key := range slices.Sorted(maps.Keys(c.objects)) {
		all = append(all, c.objects[key])
	}
	return all
}

// key is where an object is kept. The id of a task definition is its family, of
// which there are many revisions.
func key(k *kind, id string, attributes resource.PropertyMap) string {
	if k.handle != "" {
		id = text(attributes, k.handle)
	}
	return k.token + " " + id
}

// find is a resource by its id, or nil.
func (c *Cloud) find(typeToken, id string) *object { return c.objects[typeToken+" "+id] }

// text is a string among properties; it is empty without one, or where
// it is not yet known.
func text(properties resource.PropertyMap, key string) string {
	value := properties[resource.PropertyKey(key)]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return ""
	}
	return value.StringValue()
}

// texts are the strings at a path such as "networkConfiguration.securityGroups";
// every element of an array on the way counts.
func texts(properties resource.PropertyMap, path string) []string {
	values := []resource.PropertyValue{resource.NewObjectProperty(properties)}
	for step := range strings.SplitSeq(path, ".") {
		var next []resource.PropertyValue
		for _, value := range flatten(values) {
			if value.IsObject() {
				next = append(next, value.ObjectValue()[resource.PropertyKey(step)])
			}
		}
		values = next
	}
	var found []string
	for _, value := range flatten(values) {
		if value.IsString() && value.StringValue() != "" {
			found = append(found, value.StringValue())
		}
	}
	return found
}

// flatten takes secrets and arrays apart.
func flatten(values []resource.PropertyValue) []resource.PropertyValue {
	var flat []resource.PropertyValue
	for _, value := range values {
		switch {
		case value.IsSecret():
			flat = append(flat, flatten([]resource.PropertyValue{value.SecretValue().Element})...)
		case value.IsArray():
			flat = append(flat, flatten(value.ArrayValue())...)
		default:
			flat = append(flat, value)
		}
	}
	return flat
}

// number is the account's next serial number: ids are made of these, so that
// they are the same in every run of one program without concurrency.
func (c *Cloud) number() uint64 {
	c.serial++
	return c.serial
}

// hex is a number in the form of AWS's ids, with a number of digits.
func (c *Cloud) hex(digits int) string { return fmt.Sprintf("%0*x", digits, c.number()) }

// arn is the ARN of something in the region.
func (c *Cloud) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + c.region + ":" + Account + ":" + resource
}
