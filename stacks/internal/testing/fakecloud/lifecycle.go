package fakecloud

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// create makes a resource, if AWS would.
func (c *Cloud) create(k *kind, properties resource.PropertyMap) (*object, error) {
	if err := c.failing(Create, k.token); err != nil {
		return nil, err
	}
	inputs := plainMap(properties)
	delete(inputs, defaults)
	if err := c.validate(k, inputs); err != nil {
		return nil, err
	}
	id := k.identify(c, inputs)
	if k.conflict != "" && c.find(k.token, id) != nil {
		return nil, refusal(k.conflict, id)
	}
	o := &object{kind: k, id: id, inputs: slices.Collect(maps.Keys(inputs)), attributes: k.attributes(c, id, inputs)}
	c.objects[key(k, id, o.attributes)] = o
	if k.create != nil {
		k.create(c, o)
	}
	return o, c.save()
}

// validate returns AWS's error for inputs that it rejects.
func (c *Cloud) validate(k *kind, inputs resource.PropertyMap) error {
	if err := c.missingRefs(k, inputs); err != nil {
		return err
	}
	if k.validate == nil {
		return nil
	}
	return k.validate(c, inputs)
}

// update sends what changed; everything else stays as AWS has it.
func (c *Cloud) update(k *kind, id string, planned resource.PropertyMap, found []change) (*object, error) {
	if err := c.failing(Update, k.token); err != nil {
		return nil, err
	}
	o := c.objects[key(k, id, planned)]
	if o == nil {
		return nil, refusal("ResourceNotFoundException: %s does not exist", id)
	}
	if err := c.validate(k, planned); err != nil {
		return nil, err
	}
	changed := make([]string, 0, len(found))
	for _, change := range found {
		changed = append(changed, change.input)
		name := resource.PropertyKey(change.input)
		switch {
		case change.kind != plugin.DiffDelete:
			o.attributes[name] = planned[name]
		case !slices.Contains(k.keeps, change.input):
			delete(o.attributes, name)
		}
	}
	if slices.Contains(changed, "tags") {
		o.attributes["tagsAll"] = planned["tagsAll"]
	}
	if k.update != nil {
		k.update(c, o, planned, changed)
	}
	return o, c.save()
}

// remove deletes a resource and what goes with it. For one that does not exist it
// returns nil.
func (c *Cloud) remove(k *kind, id string, attributes resource.PropertyMap) error {
	if err := c.failing(Delete, k.token); err != nil {
		return err
	}
	o := c.objects[key(k, id, attributes)]
	if o == nil || k.retained != nil && k.retained(o) {
		return nil
	}
	owned, err := c.dependents(o)
	if err != nil {
		return err
	}
	if k.refuse != nil {
		if err := k.refuse(c, o); err != nil {
			return err
		}
	}
	for _, gone := range append(owned, o) {
		delete(c.objects, key(gone.kind, gone.id, gone.attributes))
	}
	if k.remove != nil {
		k.remove(c, o)
	}
	return c.save()
}
