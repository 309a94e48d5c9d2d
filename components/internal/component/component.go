// Package component holds what every component of this module does the same way:
// where it is deployed, whose children its resources are, and what it returns.
package component

import (
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

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
