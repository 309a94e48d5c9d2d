package stackconfig

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"go.yaml.in/yaml/v3"
)

// Layer is a project and the settings of its component.
type Layer struct {
	// Name is the project's, without the prefix that all three have.
	Name string
	// Directory is that of its Pulumi.yaml, relative to the workspace.
	Directory string
	Fields    []args.Field
}

// Declaration returns the config block of the layer's Pulumi.yaml. Every key has a
// default: a key without one stops in the engine, before the program can say what
// it is for. An empty text stands for what must be set, or for nothing.
func (l Layer) Declaration() (string, error) {
	block := yaml.Node{Kind: yaml.MappingNode}
	for _, field := range l.keys() {
		declared, err := declaration(field)
		if err != nil {
			return "", fmt.Errorf("declaring %s: %w", field.Key, err)
		}
		block.Content = append(block.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: field.Key}, declared)
	}
	var out strings.Builder
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]*yaml.Node{"config": &block}); err != nil {
		return "", fmt.Errorf("writing the config block: %w", err)
	}
	return out.String(), encoder.Close()
}

// keys are the fields that Pulumi.yaml declares.
func (l Layer) keys() []args.Field {
	var keys []args.Field
	for _, field := range l.Fields {
		// A key with a namespace is another's to declare.
		if field.Key != "" && !strings.Contains(field.Key, ":") {
			keys = append(keys, field)
		}
	}
	return keys
}

func declaration(field args.Field) (*yaml.Node, error) {
	var initial any = field.Default
	if field.Type != "string" {
		text := field.Default
		if text == "" {
			text = map[string]string{"integer": "0", "boolean": "false", "array": "[]", "object": "{}"}[field.Type]
		}
		if err := json.Unmarshal([]byte(text), &initial); err != nil {
			return nil, err
		}
		if number, ok := initial.(float64); ok {
			initial = int(number)
		}
	}
	declared := struct {
		Type        string         `yaml:"type"`
		Items       map[string]any `yaml:"items,omitempty"`
		Description string         `yaml:"description"`
		Default     any            `yaml:"default"`
	}{Type: field.Type, Description: describe(field), Default: initial}
	if field.Type == "array" {
		declared.Items = map[string]any{"type": "string"}
	}
	node := &yaml.Node{}
	return node, node.Encode(declared)
}

// describe is a field's description with its limits.
func describe(field args.Field) string {
	text := field.Description
	if field.Allowed != "" && len(field.Allowed) < 100 {
		text += "; " + field.Allowed
	}
	if field.Required && field.Default == "" {
		text += "; required"
	}
	return text
}

// Table returns the settings of all layers as a table of Markdown.
func Table(layers []Layer) string {
	var out strings.Builder
	out.WriteString("| stack | key | default | |\n|---|---|---|---|\n")
	shared := map[string]int{}
	for _, layer := range layers {
		for _, field := range layer.Fields {
			shared[field.Key]++
		}
	}
	for i, layer := range layers {
		for _, field := range layer.Fields {
			name := layer.Name
			switch {
			case field.Key == "":
				continue
			case shared[field.Key] == len(layers) && i > 0:
				continue
			case shared[field.Key] == len(layers):
				name = "all"
			}
			initial := "`" + field.Default + "`"
			switch {
			case field.Key == regionKey, field.Required && field.Default == "":
				initial = "required"
			case field.Default == "" && field.Type == "boolean":
				initial = "`false`"
			case field.Default == "":
				initial = ""
			}
			fmt.Fprintf(&out, "| %s | `%s` | %s | %s |\n", name, field.Key, initial, strings.ReplaceAll(strings.TrimSuffix(describe(field), "; required"), "<", "\\<"))
		}
	}
	return out.String()
}
