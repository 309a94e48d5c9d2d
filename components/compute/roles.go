package compute

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// role is an IAM role and the policy without which it is of no use.
type role struct {
	arn    pulumi.StringOutput
	policy *iam.RolePolicy
}

// roles are those of the tasks: one that starts them, and one that each runs as.
type roles struct {
	execution, api, worker role
}

func (b *builder) roles(images images, logs logGroups, out *Compute) (all roles, err error) {
	data := b.args.Data
	sources := len(images.sources)
	arns := append(pulumi.StringArray{}, images.sources...)
	arns = append(arns, logs.api.Arn, logs.worker.Arn)
	task := trustWithin(b.args.Region, b.args.AccountID)
	all.execution, err = b.role(executionRole, "Starts the tasks: pulls images, writes logs", trust(), document(arns, func(arns []string) iamdoc.Document {
		return executionPolicy(arns[:sources], arns[sources:])
	}))
	if err != nil {
		return all, err
	}
	all.api, err = b.role(apiRole, "What the api may do", task, document(pulumi.StringArray{data.TokenParameterArn, data.QueueArn}, func(arns []string) iamdoc.Document {
		return apiPolicy(arns[0], arns[1])
	}))
	if err != nil {
		return all, err
	}
	all.worker, err = b.role(workerRole, "What the worker may do", task, document(pulumi.StringArray{data.QueueArn, data.BucketArn}, func(arns []string) iamdoc.Document {
		return workerPolicy(arns[0], arns[1], b.args.PayloadVersion, b.args.Environment)
	}))
	if err != nil {
		return all, err
	}
	out.EcsTaskExecutionRoleArn, out.APITaskRoleArn, out.WorkerTaskRoleArn = all.execution.arn, all.api.arn, all.worker.arn
	return all, nil
}

// role makes a role that tasks can have, within the boundary, and gives it its
// policy.
func (b *builder) role(name, description string, trust iamdoc.Document, policy pulumi.StringOutput) (role, error) {
	name = b.names.Named(name)
	trusted, err := trust.Render()
	if err != nil {
		return role{}, err
	}
	args := &iam.RoleArgs{
		Name:             pulumi.String(name),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trusted),
		Tags:             b.tags(),
	}
	if b.args.PermissionsBoundaryArn != "" {
		args.PermissionsBoundary = pulumi.String(b.args.PermissionsBoundaryArn)
	}
	made, err := iam.NewRole(b.ctx, name, args, b.child()...)
	if err != nil {
		return role{}, fmt.Errorf("making the role %s: %w", name, err)
	}
	attached, err := iam.NewRolePolicy(b.ctx, name, &iam.RolePolicyArgs{
		Name: pulumi.String(name), Role: made.Name, Policy: policy,
	}, b.child()...)
	if err != nil {
		return role{}, fmt.Errorf("giving the role %s its policy: %w", name, err)
	}
	return role{arn: made.Arn, policy: attached}, nil
}

// document renders a policy of ARNs that are known when their resources are.
func document(arns pulumi.StringArray, of func(arns []string) iamdoc.Document) pulumi.StringOutput {
	return arns.ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		return of(arns).Render()
	}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
}
