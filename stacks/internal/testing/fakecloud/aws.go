package fakecloud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// custom is a provider of custom resources, for aws and docker-build. Like every
// provider that is bridged from Terraform it takes no secrets, and marks what
// the schema says is sensitive as secret itself.
type custom struct {
	plugin.UnimplementedProvider

	cloud   *Cloud
	name    string
	version string
	// regional providers need a region.
	regional bool
}

func (p *custom) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{}, nil
}

// Attach is called by an engine that found the provider running.
func (p *custom) Attach(string) error { return nil }

func (p *custom) Close() error { return nil }

func (p *custom) SignalCancellation(context.Context) error { return nil }

func (p *custom) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	version, err := semver.Parse(p.version)
	return plugin.PluginInfo{Version: &version}, err
}

func (p *custom) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: fmt.Appendf(nil, `{"name":%q,"version":%q}`, p.name, p.version)}, nil
}

func (p *custom) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

func (p *custom) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	diff := plugin.DiffResult{Changes: plugin.DiffNone}
	for _, name := range req.OldInputs.Diff(req.NewInputs).ChangedKeys() {
		diff.Changes = plugin.DiffSome
		diff.ChangedKeys = append(diff.ChangedKeys, name)
	}
	return diff, nil
}

func (p *custom) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	if !p.regional {
		return plugin.ConfigureResponse{}, nil
	}
	region := text(req.Inputs, "region")
	if region == "" {
		return plugin.ConfigureResponse{}, errors.New("configuring the aws provider: invalid or missing AWS region; set it with: pulumi config set aws:region us-east-1")
	}
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	p.cloud.region = region
	return plugin.ConfigureResponse{}, nil
}

// Check fills in a missing name: the resource's own with a random
// end, and the same again once it is there.
func (p *custom) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := req.News.Copy()
	name := resource.PropertyKey(k.autoname)
	if k.autoname == "" || inputs.HasValue(name) {
		return plugin.CheckResponse{Properties: inputs}, nil
	}
	if inputs.HasValue(name + "Prefix") {
		return plugin.CheckResponse{}, fmt.Errorf("the fake AWS account gives no names by %sPrefix, as %s asks", name, req.URN)
	}
	inputs[defaults] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty(k.autoname)})
	if old, had := req.Olds[name]; had {
		inputs[name] = old
		return plugin.CheckResponse{Properties: inputs}, nil
	}
	random, err := resource.NewUniqueName(req.RandomSeed, req.Name+"-", 7, k.longest, nil)
	if err != nil {
		return plugin.CheckResponse{}, fmt.Errorf("naming %s: %w", req.URN, err)
	}
	inputs[name] = resource.NewStringProperty(random)
	return plugin.CheckResponse{Properties: inputs}, nil
}

// defaults is the input in which a bridged provider remembers which of the others
// were filled in.
const defaults = "__defaults"

func (p *custom) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.DiffResult{}, err
	}
	return k.diff(changes(req.OldInputs, req.OldOutputs, req.NewInputs, req.IgnoreChanges), req.OldOutputs, req.NewInputs), nil
}

func (p *custom) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: k.secret(req.Properties)}, nil
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	o, err := c.create(k, req.Properties)
	call := Call{Op: Create, Type: k.token, URN: req.URN}
	if err != nil {
		err = fmt.Errorf("creating %s (%s): %w", k.token, req.Name, err)
		c.record(call, err)
		return plugin.CreateResponse{Status: resource.StatusUnknown}, err
	}
	call.ID = o.id
	c.record(call, nil)
	return plugin.CreateResponse{ID: resource.ID(o.id), Properties: k.secret(o.attributes)}, nil
}

// Read answers with no id where the resource is gone.
func (p *custom) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.failing(Read, k.token)
	c.record(Call{Op: Read, Type: k.token, URN: req.URN, ID: string(req.ID)}, err)
	if err != nil {
		return plugin.ReadResponse{}, fmt.Errorf("reading %s (%s): %w", k.token, req.ID, err)
	}
	o := c.objects[key(k, string(req.ID), req.State)]
	if o == nil {
		return plugin.ReadResponse{}, nil
	}
	if k.read != nil {
		k.read(c, o)
	}
	names := req.Inputs.StableKeys()
	if len(names) == 0 {
		// An import: the provider gives back what can be given.
		names = o.inputs
	}
	inputs := resource.PropertyMap{}
	for _, name := range names {
		if name == defaults {
			inputs[name] = req.Inputs[name]
		} else if value, has := o.attributes[name]; has {
			inputs[name] = value
		}
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: req.ID, Inputs: k.secret(inputs), Outputs: k.secret(o.attributes)}}, nil
}

func (p *custom) Update(_ context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	found := changes(req.OldInputs, req.OldOutputs, req.NewInputs, req.IgnoreChanges)
	planned := plan(req.OldOutputs, req.NewInputs, found)
	if req.Preview {
		return plugin.UpdateResponse{Properties: k.secret(planned)}, nil
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	o, err := c.update(k, string(req.ID), planned, found)
	call := Call{Op: Update, Type: k.token, URN: req.URN, ID: string(req.ID)}
	for _, change := range found {
		call.Changed = append(call.Changed, change.input)
	}
	if err != nil {
		err = fmt.Errorf("updating %s (%s): %w", k.token, req.ID, err)
		c.record(call, err)
		return plugin.UpdateResponse{Status: resource.StatusUnknown}, err
	}
	c.record(call, nil)
	return plugin.UpdateResponse{Properties: k.secret(o.attributes)}, nil
}

func (p *custom) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	k, err := kindOf(string(req.Type))
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	if err = c.remove(k, string(req.ID), req.Outputs); err != nil {
		err = fmt.Errorf("deleting %s (%s): %w", k.token, req.ID, err)
	}
	c.record(Call{Op: Delete, Type: k.token, URN: req.URN, ID: string(req.ID)}, err)
	return plugin.DeleteResponse{}, err
}

// secret marks what the provider keeps secret.
func (k *kind) secret(properties resource.PropertyMap) resource.PropertyMap {
	all := properties.Copy()
	for _, name := range k.secrets {
		if value, has := all[resource.PropertyKey(name)]; has && !value.IsSecret() && !value.ContainsUnknowns() {
			all[resource.PropertyKey(name)] = resource.MakeSecret(value)
		}
	}
	return all
}

// plan is what the provider believes a resource to be after an update: the state,
// with the changes.
func plan(oldOutputs, news resource.PropertyMap, found []change) resource.PropertyMap {
	planned := plainMap(oldOutputs)
	for _, change := range found {
		name := resource.PropertyKey(change.input)
		if change.kind == plugin.DiffDelete {
			delete(planned, name)
		} else {
			planned[name] = plain(news[name])
		}
	}
	if slices.ContainsFunc(found, func(c change) bool { return c.input == "tags" }) {
		planned["tagsAll"] = planned["tags"]
	}
	return planned
}
