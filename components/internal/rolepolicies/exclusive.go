// Package rolepolicies keeps IAM roles to the policies that a program gives them.
package rolepolicies

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Policies are all policies that a role has.
type Policies struct {
	// Inline are the names of its inline policies.
	Inline pulumi.StringArray
	// Managed are the ARNs of the managed policies that are attached to it.
	Managed pulumi.StringArray
	// Resources give the role these policies.
	Resources []pulumi.Resource
}

// Exclusive makes the role have these policies and no others: a preview shows any
// policy that was added elsewhere, and an update removes it.
func Exclusive(ctx *pulumi.Context, name string, role *iam.Role, policies Policies, opts ...pulumi.ResourceOption) error {
	// Before these are there, they would be added twice at once.
	after := append([]pulumi.ResourceOption{pulumi.DependsOn(policies.Resources)}, opts...)
	if _, err := iam.NewRolePoliciesExclusive(ctx, name, &iam.RolePoliciesExclusiveArgs{
		RoleName: role.Name, PolicyNames: listed(policies.Inline),
	}, after...); err != nil {
		return fmt.Errorf("keeping the role %s to its inline policies: %w", name, err)
	}
	if _, err := iam.NewRolePolicyAttachmentsExclusive(ctx, name, &iam.RolePolicyAttachmentsExclusiveArgs{
		RoleName: role.Name, PolicyArns: listed(policies.Managed),
	}, after...); err != nil {
		return fmt.Errorf("keeping the role %s to its managed policies: %w", name, err)
	}
	return nil
}

// listed returns an empty list for nil, since the arguments are required.
func listed(values pulumi.StringArray) pulumi.StringArray {
	if values == nil {
		return pulumi.StringArray{}
	}
	return values
}
