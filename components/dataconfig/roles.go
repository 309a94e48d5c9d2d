package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/rolepolicies"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// roles makes the roles of the environment's tasks: the one that ECS starts them
// with, and one that each service runs as. They are here and not in the compute
// layer, so that the role that deploys compute needs no right over roles.
//
// The policies name what is made later by its computed ARN, so that the tasks may use
// the key before anything is encrypted under it.
func (b *builder) roles(out *DataConfig) error {
	var granted pulumi.StringArray
	for _, role := range []struct {
		name, description string
		policy            func(keys []string) iamdoc.Document
		arn               *pulumi.StringOutput
	}{
		{b.names.ExecutionRole(), "Starts the tasks: pulls images, writes logs", b.executionPolicy, &out.ECSTaskExecutionRoleArn},
		{b.names.APITaskRole(), "What the api may do", b.apiPolicy, &out.APITaskRoleArn},
		{b.names.WorkerTaskRole(), "What the worker may do", b.workerPolicy, &out.WorkerTaskRoleArn},
	} {
		made, policy, err := b.role(role.name, role.description, iamdoc.Output(role.policy, b.keys...))
		if err != nil {
			return fmt.Errorf("making the role %s: %w", role.name, err)
		}
		*role.arn = made.Arn
		granted = append(granted, policy.ID().ToStringOutput())
	}
	if b.keys != nil {
		b.encryption = append(pulumi.StringArray{b.keys[0].Value}, granted...).ToStringArrayOutput().Index(pulumi.Int(0))
	}
	return nil
}

// role makes a role that tasks can have, with its policy and no other.
func (b *builder) role(name, description string, policy pulumi.StringOutput) (*iam.Role, *iam.RolePolicy, error) {
	trusted, err := b.tasks().Render()
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(b.Ctx, name, &iam.RoleArgs{
		Name:             pulumi.String(name),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trusted),
		Tags:             b.Tags,
	}, b.Child()...)
	if err != nil {
		return nil, nil, err
	}
	inline, err := iam.NewRolePolicy(b.Ctx, name, &iam.RolePolicyArgs{
		Name: pulumi.String(name), Role: role.Name, Policy: policy,
	}, b.Child()...)
	if err != nil {
		return nil, nil, err
	}
	return role, inline, rolepolicies.Exclusive(b.Ctx, name, role, rolepolicies.Policies{
		Inline: pulumi.StringArray{inline.Name}, Resources: []pulumi.Resource{inline},
	}, b.Child()...)
}
