// Package dataconfig makes what an environment of ingest keeps its data in: the
// payload bucket, the queue with its dead-letter queue and an alarm on it, the
// SSM parameter for the token, the IAM roles of the tasks that use them, and, if
// wanted, a KMS key for all of it.
package dataconfig

import (
	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type is the component's type token.
const Type = "ingest:dataconfig:DataConfig"

// DataConfig is the component. Its outputs are what other stacks and operators
// need to know.
type DataConfig struct {
	pulumi.ResourceState

	Project            pulumi.StringOutput `pulumi:"project"`
	Environment        pulumi.StringOutput `pulumi:"environment"`
	Region             pulumi.StringOutput `pulumi:"region"`
	EmailsQueueURL     pulumi.StringOutput `pulumi:"emailsQueueUrl"`
	EmailsQueueArn     pulumi.StringOutput `pulumi:"emailsQueueArn"`
	EmailsDLQURL       pulumi.StringOutput `pulumi:"emailsDlqUrl"`
	EmailsDLQArn       pulumi.StringOutput `pulumi:"emailsDlqArn"`
	PayloadBucketName  pulumi.StringOutput `pulumi:"payloadBucketName"`
	PayloadBucketArn   pulumi.StringOutput `pulumi:"payloadBucketArn"`
	TokenParameterName pulumi.StringOutput `pulumi:"tokenParameterName"`
	TokenParameterArn  pulumi.StringOutput `pulumi:"tokenParameterArn"`
	// KMSKeyArn is the environment's own key; empty without one.
	KMSKeyArn pulumi.StringOutput `pulumi:"kmsKeyArn"`
	// AlarmTopicArn is the SNS topic that alarms notify. Its name is that of
	// naming.Environment, so no stack has it as an output.
	AlarmTopicArn pulumi.StringOutput
	// ECSExec reports whether the roles of the tasks may open sessions of ECS Exec.
	ECSExec pulumi.BoolOutput `pulumi:"ecsExec"`
	// ECSTaskExecutionRoleArn is the role that ECS starts tasks with; APITaskRoleArn
	// and WorkerTaskRoleArn are the roles that the services run as.
	ECSTaskExecutionRoleArn pulumi.StringOutput `pulumi:"ecsTaskExecutionRoleArn"`
	APITaskRoleArn          pulumi.StringOutput `pulumi:"apiTaskRoleArn"`
	WorkerTaskRoleArn       pulumi.StringOutput `pulumi:"workerTaskRoleArn"`
}

var kind = component.Kind[Args]{Type: Type, Settings: Settings, Validate: Args.Validate, Tags: Args.tags}

// New makes the component. Its error names every wrong argument, before any
// resource is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*DataConfig, error) {
	return component.New(ctx, kind, name, &DataConfig{}, args, opts, func(base component.Builder, args Args, made *DataConfig) error {
		b := &builder{Builder: base, args: args, names: args.environment()}
		if err := b.locate(); err != nil {
			return err
		}
		for _, step := range []func(*DataConfig) error{b.key, b.roles, b.bucket, b.queues, b.token} {
			if err := step(made); err != nil {
				return err
			}
		}
		made.Project = pulumi.String(b.args.Project).ToStringOutput()
		made.Environment = pulumi.String(b.args.Environment).ToStringOutput()
		made.ECSExec = pulumi.Bool(b.args.ECSExec).ToBoolOutput()
		made.Region = pulumi.String(b.args.Region).ToStringOutput()
		return nil
	})
}

// Export makes every output of the component an output of the stack.
func (d *DataConfig) Export(ctx *pulumi.Context) { component.Export(ctx, d) }

// builder registers the parts of one component.
type builder struct {
	component.Builder
	args  Args
	names naming.Environment
	// keys is the environment's own key, or empty. encryption is the same key for what
	// is encrypted under it, or nil: it is known once the roles may use the key.
	keys       []iamdoc.ARN
	encryption pulumi.StringPtrInput
}

// arn names a resource of a service in the environment's region and account.
func (b *builder) arn(service, resource string) string {
	return naming.ARN(service, b.args.Region, b.args.AccountID, resource)
}

// locate asks AWS for the region and the account where they are not given, and
// checks the names that hold them.
func (b *builder) locate() error {
	if err := b.Locate(&b.args.Region, &b.args.AccountID); err != nil {
		return err
	}
	if err := naming.Bucket.Check(b.bucketName()); err != nil {
		return err
	}
	return naming.Queue.Check(b.queueName())
}
