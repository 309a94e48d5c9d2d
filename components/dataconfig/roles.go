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
func (b *builder) roles(out *DataConfig) error {
	token := iamdoc.ARN{Of: "the parameter " + b.names.TokenParameter(), Value: out.TokenParameterArn}
	queue := iamdoc.ARN{Of: "the queue " + b.queueName(), Value: out.EmailsQueueArn}
	bucket := iamdoc.ARN{Of: "the bucket " + b.bucketName(), Value: out.PayloadBucketArn}
	for _, role := range []struct {
		name, description string
		policy            pulumi.StringOutput
		arn               *pulumi.StringOutput
	}{
		{
			b.names.ExecutionRole(), "Starts the tasks: pulls images, writes logs",
			iamdoc.Output(func([]string) iamdoc.Document { return b.executionPolicy() }),
			&out.ECSTaskExecutionRoleArn,
		},
		{
			b.names.APITaskRole(), "What the api may do",
			iamdoc.Output(func(arns []string) iamdoc.Document { return apiPolicy(arns[0], arns[1]) }, token, queue),
			&out.APITaskRoleArn,
		},
		{
			b.names.WorkerTaskRole(), "What the worker may do",
			iamdoc.Output(func(arns []string) iamdoc.Document {
				return workerPolicy(arns[0], arns[1], b.args.Environment)
			}, queue, bucket),
			&out.WorkerTaskRoleArn,
		},
	} {
		arn, err := b.role(role.name, role.description, role.policy)
		if err != nil {
			return fmt.Errorf("making the role %s: %w", role.name, err)
		}
		*role.arn = arn
	}
	return nil
}

// role makes a role that tasks can have, with its policy and no other.
func (b *builder) role(name, description string, policy pulumi.StringOutput) (arn pulumi.StringOutput, err error) {
	trusted, err := b.tasks().Render()
	if err != nil {
		return arn, err
	}
	role, err := iam.NewRole(b.Ctx, name, &iam.RoleArgs{
		Name:             pulumi.String(name),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trusted),
		Tags:             b.Tags,
	}, b.Child()...)
	if err != nil {
		return arn, err
	}
	inline, err := iam.NewRolePolicy(b.Ctx, name, &iam.RolePolicyArgs{
		Name: pulumi.String(name), Role: role.Name, Policy: policy,
	}, b.Child()...)
	if err != nil {
		return arn, err
	}
	return role.Arn, rolepolicies.Exclusive(b.Ctx, name, role, rolepolicies.Policies{
		Inline: pulumi.StringArray{inline.Name}, Resources: []pulumi.Resource{inline},
	}, b.Child()...)
}
