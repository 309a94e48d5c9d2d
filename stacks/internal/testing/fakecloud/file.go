package fakecloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// account is a [Cloud] as its file has it. Calls and planned errors are not kept.
type account struct {
	Region       string                       `json:"region"`
	NoDefaultVpc bool                         `json:"noDefaultVpc,omitempty"`
	Serial       uint64                       `json:"serial"`
	Resources    []saved                      `json:"resources"`
	Stored       map[string][]string          `json:"objects"`
	Pushed       map[string]map[string]string `json:"images"`
	Revisions    map[string]int               `json:"revisions"`
	Running      map[string]string            `json:"running"`
	RolledBack   map[string]string            `json:"rolledBack"`
	Unhealthy    map[string]bool              `json:"unhealthy"`
}

// saved is a resource in the file.
type saved struct {
	Type       string                 `json:"type"`
	ID         string                 `json:"id"`
	Inputs     []resource.PropertyKey `json:"inputs"`
	Attributes map[string]any         `json:"attributes"`
}

// Open returns the account that a file has, or an empty one where there is no file.
// From then on the file is written each time an engine creates, updates or deletes a
// resource.
func Open(name string) (*Cloud, error) {
	c, err := Load(name)
	if errors.Is(err, fs.ErrNotExist) {
		c, err = New(), nil
	}
	if err != nil {
		return nil, err
	}
	c.file = name
	return c, nil
}

// Load returns the account that a file has, as [Cloud.Save] wrote it. What happens to
// the account then is not written.
func Load(name string) (*Cloud, error) {
	c := New()
	content, err := os.ReadFile(name) //nolint:gosec // the caller's own file
	if err != nil {
		return nil, fmt.Errorf("reading the account: %w", err)
	}
	// Maps that the file leaves out stay the empty ones of New.
	a := account{
		Stored: c.stored, Pushed: c.pushed, Revisions: c.revisions,
		Running: c.running, RolledBack: c.rolledBack, Unhealthy: c.unhealthy,
	}
	if err := json.Unmarshal(content, &a); err != nil {
		return nil, fmt.Errorf("reading the account in %s: %w", name, err)
	}
	c.region, c.serial = a.Region, a.Serial
	c.stored, c.pushed, c.revisions = a.Stored, a.Pushed, a.Revisions
	c.running, c.rolledBack, c.unhealthy = a.Running, a.RolledBack, a.Unhealthy
	if a.NoDefaultVpc {
		c.vpc = nil
	}
	for _, r := range a.Resources {
		k, err := kindOf(r.Type)
		if err != nil {
			return nil, fmt.Errorf("reading the account in %s: %w", name, err)
		}
		o := &object{kind: k, id: r.ID, inputs: r.Inputs, attributes: resource.NewPropertyMapFromMap(r.Attributes)}
		c.objects[key(k, o.id, o.attributes)] = o
	}
	return c, nil
}

// Save writes the account to a file for [Load].
func (c *Cloud) Save(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write(name)
}

// save writes the file of an account that has one.
func (c *Cloud) save() error {
	if c.file == "" {
		return nil
	}
	return c.write(c.file)
}

// write replaces the file whole, so that a killed process leaves the last version.
func (c *Cloud) write(name string) error {
	a := account{
		Region: c.region, NoDefaultVpc: c.vpc == nil, Serial: c.serial,
		Stored: c.stored, Pushed: c.pushed, Revisions: c.revisions,
		Running: c.running, RolledBack: c.rolledBack, Unhealthy: c.unhealthy,
	}
	for _, o := range c.sorted() {
		a.Resources = append(a.Resources, saved{o.kind.token, o.id, o.inputs, o.attributes.Mappable()})
	}
	content, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return fmt.Errorf("writing the account: %w", err)
	}
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return fmt.Errorf("writing the account: %w", err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("writing the account: %w", err)
	}
	return nil
}
