// Package component holds what every component of this module does the same way:
// where it is deployed, whose children its resources are, and what it returns.
package component

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Kind is what the kinds of components differ in, apart from their parts.
type Kind[A any] struct {
	// Type is the type token.
	Type     string
	Settings *args.Schema[A]
	// Validate names everything that is wrong with the arguments.
	Validate func(A) error
	Tags     func(A) naming.Tags
}

// New makes a component of a kind. It checks the arguments, which may be nil, before
// it registers the component. Build makes the parts and sets the outputs, from the
// arguments with their defaults.
func New[A any, C pulumi.ComponentResource](
	ctx *pulumi.Context, kind Kind[A], name string, made C, given *A, opts []pulumi.ResourceOption, build func(Builder, A, C) error,
) (none C, err error) {
	var a A
	if given != nil {
		a = *given
	}
	called := kind.Type[strings.LastIndex(kind.Type, ":")+1:] + " " + name
	if err := kind.Validate(a); err != nil {
		return none, fmt.Errorf("checking the arguments of %s:\n%w", called, err)
	}
	if err := ctx.RegisterComponentResource(kind.Type, name, made, opts...); err != nil {
		return none, fmt.Errorf("registering %s: %w", called, err)
	}
	kind.Settings.SetDefaults(&a)
	if err := build(Builder{Ctx: ctx, Parent: made, Tags: pulumi.ToStringMap(kind.Tags(a).Map())}, a, made); err != nil {
		return none, err
	}
	return made, ctx.RegisterResourceOutputs(made, Outputs(made))
}

// Builder registers the resources of one component.
type Builder struct {
	Ctx    *pulumi.Context
	Parent pulumi.Resource
	// Tags are those of every resource that takes tags.
	Tags pulumi.StringMap
}

// Child returns the options of a resource within the component.
func (b Builder) Child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.Parent)}, more...)
}

// Locate asks AWS for the region and the account that are not given, with the
// provider that the component was given. A nil account is not asked for.
func (b Builder) Locate(region, account *string) error {
	if *region == "" {
		found, err := aws.GetRegion(b.Ctx, nil, pulumi.Parent(b.Parent))
		if err != nil {
			return fmt.Errorf("asking for the region: %w", err)
		}
		*region = found.Name
	}
	if account != nil && *account == "" {
		caller, err := aws.GetCallerIdentity(b.Ctx, nil, pulumi.Parent(b.Parent))
		if err != nil {
			return fmt.Errorf("asking for the account: %w", err)
		}
		*account = caller.AccountId
	}
	return nil
}

// Outputs returns the fields of a component that have a `pulumi` tag, by the tag's
// name. The argument is a pointer to the component's struct.
func Outputs(of pulumi.ComponentResource) pulumi.Map {
	outputs := pulumi.Map{}
	value := reflect.ValueOf(of).Elem()
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("pulumi")
		if output, ok := value.Field(i).Interface().(pulumi.Input); ok && name != "" {
			outputs[name] = output
		}
	}
	return outputs
}

// Export makes every output of a component an output of the stack.
func Export(ctx *pulumi.Context, of pulumi.ComponentResource) {
	for name, value := range Outputs(of) {
		ctx.Export(name, value)
	}
}

// String derives a text from another one; the error of derive fails the update.
func String(from pulumi.StringInput, derive func(string) (string, error)) pulumi.StringOutput {
	return from.ToStringOutput().ApplyT(derive).(pulumi.StringOutput) //nolint:forcetypeassert // ApplyT returns the output type of what derive returns
}
