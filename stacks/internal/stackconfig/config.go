// Package stackconfig reads the configuration of a stack. Everything that is
// wrong with it is named at once, with the commands that mend it.
package stackconfig

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Config is the configuration of one stack of one project. Its readers never
// fail: they note what is wrong, and Check tells it. Every key of the project's
// namespace has to be declared in Pulumi.yaml, with a default, and has to be read.
type Config struct {
	directory, project, stack string
	values                    map[string]string
	keys                      []key
	missing                   map[string]bool
	wrong                     []string
}

// key is one that the program has read.
type key struct {
	// name is how the key is called within its namespace.
	name string
	// full is the name with its namespace.
	full string
	// target is what follows `pulumi config set`.
	target string
}

// regionKey is the AWS provider's own; names and rights are made of it, too.
const regionKey = "aws:region"

// Run runs a stack's program. The directory is that of its Pulumi.yaml, relative to
// the workspace, for the commands that messages name.
func Run(directory string, program func(*pulumi.Context, *Config) error) {
	var values map[string]string
	pulumi.Run(func(ctx *pulumi.Context) error {
		return program(ctx, New(directory, ctx.Project(), ctx.Stack(), values))
	}, func(info *pulumi.RunInfo) { values = info.Config })
}

// New is the configuration that the engine gives to a program: all of its keys,
// with their namespaces, and their values as the engine writes them.
func New(directory, project, stack string, values map[string]string) *Config {
	return &Config{directory: directory, project: project, stack: stack, values: values, missing: map[string]bool{}}
}

// Region is where the AWS provider works.
func (c *Config) Region() string {
	c.keys = append(c.keys, key{name: "region", full: regionKey, target: regionKey + " <region>"})
	return c.required("region", c.values[regionKey])
}

// Text is a string, which may be empty.
func (c *Config) Text(name string) string { return c.read(name, name+" <value>") }

// Required is a string that is not empty.
func (c *Config) Required(name string) string { return c.required(name, c.Text(name)) }

func (c *Config) required(name, value string) string {
	if value == "" {
		c.missing[name] = true
		c.wrong = append(c.wrong, name+" is not set")
	}
	return value
}

// Number is a whole number.
func (c *Config) Number(name string) int {
	text := c.read(name, name+" <number>")
	number, err := strconv.Atoi(text)
	if err != nil && text != "" {
		c.refuse(name, text, "a whole number")
	}
	return number
}

// Positive is a whole number of at least 1. For a component, 0 stands for its
// default, which is not what somebody means who sets 0.
func (c *Config) Positive(name string) int {
	number := c.Number(name)
	if number < 1 && c.values[c.project+":"+name] == strconv.Itoa(number) {
		c.refuse(name, strconv.Itoa(number), "1 or more")
	}
	return number
}

// Bool is true or false.
func (c *Config) Bool(name string) bool {
	text := c.read(name, name+" true|false")
	value, err := strconv.ParseBool(text)
	if err != nil && text != "" {
		c.refuse(name, text, "true or false")
	}
	return value
}

// List is a list of strings.
func (c *Config) List(name string) []string {
	return decode[[]string](c, name, c.read(name, "--path '"+name+"[0]' <value>"), "a list of texts")
}

// Map is texts by name.
func (c *Config) Map(name string) map[string]string {
	return decode[map[string]string](c, name, c.read(name, "--path "+name+".<name> <value>"), "texts by name")
}

func decode[T any](c *Config, name, text, allowed string) T {
	var value T
	if text == "" {
		return value
	}
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		c.refuse(name, text, allowed)
	}
	return value
}

// read is the value of a key in the project's own namespace.
func (c *Config) read(name, target string) string {
	full := c.project + ":" + name
	c.keys = append(c.keys, key{name: name, full: full, target: target})
	value, ok := c.values[full]
	if !ok {
		c.wrong = append(c.wrong, name+" has neither a value nor a default; Pulumi.yaml has to declare it")
	}
	return value
}

func (c *Config) refuse(name, value, allowed string) {
	c.wrong = append(c.wrong, fmt.Sprintf("%s is %q; allowed is %s", name, value, allowed))
}
