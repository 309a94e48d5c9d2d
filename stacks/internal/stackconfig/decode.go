package stackconfig

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
)

// validator is an Args whose fields depend on each other.
type validator interface{ Validate() error }

// Decode reads a stack's configuration into the Args of its component. The error
// names everything that is wrong, with the commands that change it: values of
// another type, keys that no field declares, keys that Pulumi.yaml does not
// declare, and whatever the Args' own Validate refuses. Before that, each of
// complete may set what the configuration leaves open; its error ends Decode.
func Decode[T validator](c *Config, schema *args.Schema[T], into *T, complete ...func() error) error {
	fields := schema.Fields()
	r := &report{config: c, fields: fields}
	for _, field := range fields {
		if _, found := c.values[c.full(field.Key)]; !found && field.Key != "" && field.Key != regionKey {
			r.add(fmt.Errorf("%s has neither a value nor a default; Pulumi.yaml must declare it", field.Key))
		}
	}
	r.add(schema.Decode(into, func(key string) (string, bool) {
		text, found := c.values[c.full(key)]
		return text, found
	}))
	for _, each := range complete {
		if err := each(); err != nil {
			return err
		}
	}
	for _, field := range fields {
		// The provider needs the region, too, so the component's own default, to ask
		// the provider, is of no use here.
		if field.Key == regionKey && c.values[regionKey] == "" {
			r.add(&args.Error{Field: field.Path, Value: "", Allowed: field.Allowed})
		}
	}
	// Before defaults are set: for a component 0 stands for the default, but a
	// stack that sets 0 means 0.
	r.add(schema.Validate(into))
	r.add((*into).Validate())
	r.unknown()
	return r.err()
}

// report collects what is wrong with a configuration.
type report struct {
	config   *Config
	fields   []args.Field
	problems []string
	commands []string
	// refused are the fields that have a problem already.
	refused map[string]bool
}

// add notes an error, or each error of a joined one.
func (r *report) add(err error) {
	var joined interface{ Unwrap() []error }
	var argument *args.Error
	switch {
	case err == nil:
	case errors.As(err, &joined):
		for _, each := range joined.Unwrap() {
			r.add(each)
		}
	case errors.As(err, &argument):
		r.argument(argument)
	default:
		r.problems = append(r.problems, err.Error())
	}
}

// argument notes a refused argument under the name of its key, once.
func (r *report) argument(err *args.Error) {
	if r.refused[err.Field] {
		return
	}
	if r.refused == nil {
		r.refused = map[string]bool{}
	}
	r.refused[err.Field] = true
	r.problems = append(r.problems, err.Text(r.key))
	references := err.References()
	if len(references) == 0 {
		r.command(err.Field, false)
		return
	}
	// The fields do not go together, or one of them has to be set.
	for _, field := range append([]string{err.Field}, references...) {
		r.command(field, true)
	}
}

// key is the name that a stack's configuration gives to a field.
func (r *report) key(field string) string {
	if found, ok := r.field(field); ok {
		return found.Key
	}
	return field
}

func (r *report) field(path string) (args.Field, bool) {
	i := slices.IndexFunc(r.fields, func(f args.Field) bool { return f.Path == path && f.Key != "" })
	if i < 0 {
		return args.Field{}, false
	}
	return r.fields[i], true
}

// command notes how to change a field's key: a key that is set can be removed
// where it is one of several.
func (r *report) command(path string, several bool) {
	field, found := r.field(path)
	if !found {
		return
	}
	if value := r.config.values[r.config.full(field.Key)]; several && value != "" && value != "false" && value != field.Default {
		r.commands = append(r.commands, r.config.command("rm", field.Key))
		return
	}
	r.commands = append(r.commands, r.config.command("set", target(field)))
}

// target is what follows `pulumi config set`.
func target(field args.Field) string {
	switch field.Type {
	case "integer":
		return field.Key + " <number>"
	case "boolean":
		return field.Key + " true|false"
	case "array":
		return "--path '" + field.Key + "[0]' <value>"
	case "object":
		return "--path " + field.Key + ".<name> <value>"
	}
	return field.Key + " <value>"
}

// unknown notes the keys of the three projects that no field declares.
func (r *report) unknown() {
	var names []string
	known := map[string]bool{}
	for _, field := range r.fields {
		if field.Key != "" {
			names = append(names, field.Key)
			known[r.config.full(field.Key)] = true
		}
	}
	slices.Sort(names)
	for _, full := range slices.Sorted(maps.Keys(r.config.values)) {
		if known[full] || !strings.HasPrefix(full, family) && !strings.HasPrefix(full, r.config.project+":") {
			continue
		}
		r.problems = append(r.problems, fmt.Sprintf("%s is not a key of %s; allowed is one of %s",
			strings.TrimPrefix(full, r.config.project+":"), r.config.project, strings.Join(names, ", ")))
		r.commands = append(r.commands, r.config.command("rm", full))
	}
}

func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	text := fmt.Sprintf("the configuration of %s, stack %s, needs a change:\n  %s",
		r.config.project, r.config.stack, strings.Join(r.problems, "\n  "))
	if len(r.commands) > 0 {
		slices.Sort(r.commands)
		text += "\nThe commands for it:\n  " + strings.Join(slices.Compact(r.commands), "\n  ")
	}
	return errors.New(text)
}
