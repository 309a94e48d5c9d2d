package fakecloud

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// What others than Pulumi do in the account. The engine sees it when it refreshes.

// SetParameter gives an SSM parameter a value, as `aws ssm put-parameter
// --overwrite` does.
func (c *Cloud) SetParameter(name, value string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.find(parameterType, name)
	if o == nil {
		return refusal("ParameterNotFound: %s", name)
	}
	o.attributes["value"] = resource.NewStringProperty(value)
	o.attributes["version"] = resource.NewNumberProperty(o.attributes["version"].NumberValue() + 1)
	return nil
}

// Parameter is the value that an SSM parameter has.
func (c *Cloud) Parameter(name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.find(parameterType, name)
	if o == nil {
		return "", refusal("ParameterNotFound: %s", name)
	}
	return text(o.attributes, "value"), nil
}

// PutObject stores an object in a bucket.
func (c *Cloud) PutObject(bucket, key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(bucketType, bucket) == nil {
		return refusal("NoSuchBucket: The specified bucket does not exist: %s", bucket)
	}
	c.stored[bucket] = append(c.stored[bucket], key)
	return nil
}

// EmptyBucket deletes every object of a bucket.
func (c *Cloud) EmptyBucket(bucket string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stored, bucket)
}

// PushImage pushes an image under a tag into an ECR repository, and returns its
// digest, new for each push. An immutable tag cannot be pushed twice.
func (c *Cloud) PushImage(repository, tag string) (digest string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.pushable(repository, tag); err != nil {
		return "", err
	}
	digest = "sha256:" + c.hex(64)
	c.push(repository, tag, digest)
	return digest, nil
}

// Tags are the tags of a repository, sorted.
func (c *Cloud) Tags(repository string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var tags []string
	for tag := range c.pushed[repository] {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// Add makes a resource that no engine has in its state, and returns its id.
func (c *Cloud) Add(typeToken string, inputs map[string]any) (id string, err error) {
	k, err := kindOf(typeToken)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o, err := c.create(k, resource.NewPropertyMapFromMap(inputs))
	if err != nil {
		return "", fmt.Errorf("adding %s: %w", typeToken, err)
	}
	return o.id, nil
}

// Change sets an attribute of a resource. The id of a task definition is its ARN here.
func (c *Cloud) Change(typeToken, id, attribute string, value any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.find(typeToken, id)
	if o == nil {
		return fmt.Errorf("there is no %s %s", typeToken, id)
	}
	o.attributes[resource.PropertyKey(attribute)] = resource.NewPropertyValue(value)
	return nil
}

// Remove deletes a resource, even if others depend on it. The id of a task
// definition is its ARN here.
func (c *Cloud) Remove(typeToken, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(typeToken, id) == nil {
		return fmt.Errorf("there is no %s %s", typeToken, id)
	}
	delete(c.objects, typeToken+" "+id)
	return nil
}

// RemoveDefaultVpc leaves the account without a default VPC.
func (c *Cloud) RemoveDefaultVpc() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vpc = nil
}
