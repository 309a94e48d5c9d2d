// Package dataconfig makes what an environment of ingest keeps its data in: the
// payload bucket, the queue with its dead-letter queue and an alarm on it, the
// SSM parameter for the token, and the IAM roles of the tasks that use them.
package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
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
	EmailsQueueUrl     pulumi.StringOutput `pulumi:"emailsQueueUrl"`
	EmailsQueueArn     pulumi.StringOutput `pulumi:"emailsQueueArn"`
	EmailsDlqUrl       pulumi.StringOutput `pulumi:"emailsDlqUrl"`
	EmailsDlqArn       pulumi.StringOutput `pulumi:"emailsDlqArn"`
	PayloadBucketName  pulumi.StringOutput `pulumi:"payloadBucketName"`
	PayloadBucketArn   pulumi.StringOutput `pulumi:"payloadBucketArn"`
	TokenParameterName pulumi.StringOutput `pulumi:"tokenParameterName"`
	TokenParameterArn  pulumi.StringOutput `pulumi:"tokenParameterArn"`
	// EcsTaskExecutionRoleArn is the role that ECS starts tasks with; APITaskRoleArn
	// and WorkerTaskRoleArn are the roles that the services run as.
	EcsTaskExecutionRoleArn pulumi.StringOutput `pulumi:"ecsTaskExecutionRoleArn"`
	APITaskRoleArn          pulumi.StringOutput `pulumi:"apiTaskRoleArn"`
	WorkerTaskRoleArn       pulumi.StringOutput `pulumi:"workerTaskRoleArn"`
}

// New makes the component. Its error names every wrong argument, before any
// resource is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*DataConfig, error) {
	if args == nil {
		args = &Args{}
	}
	settings := args.withDefaults()
	if err := settings.validate(); err != nil {
		return nil, fmt.Errorf("checking the arguments of DataConfig %s:\n%w", name, err)
	}
	component := &DataConfig{}
	if err := ctx.RegisterComponentResource(Type, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering DataConfig %s: %w", name, err)
	}
	b := &builder{ctx: ctx, args: settings, parent: component, names: settings.environment()}
	if err := b.locate(); err != nil {
		return nil, err
	}
	for _, step := range []func(*DataConfig) error{b.bucket, b.queues, b.token, b.roles} {
		if err := step(component); err != nil {
			return nil, err
		}
	}
	component.Project = pulumi.String(settings.Project).ToStringOutput()
	component.Environment = pulumi.String(settings.Environment).ToStringOutput()
	component.Region = pulumi.String(b.args.Region).ToStringOutput()
	return component, ctx.RegisterResourceOutputs(component, component.outputs())
}

func (d *DataConfig) outputs() pulumi.Map {
	return pulumi.Map{
		"project":                 d.Project,
		"environment":             d.Environment,
		"region":                  d.Region,
		"emailsQueueUrl":          d.EmailsQueueUrl,
		"emailsQueueArn":          d.EmailsQueueArn,
		"emailsDlqUrl":            d.EmailsDlqUrl,
		"emailsDlqArn":            d.EmailsDlqArn,
		"payloadBucketName":       d.PayloadBucketName,
		"payloadBucketArn":        d.PayloadBucketArn,
		"tokenParameterName":      d.TokenParameterName,
		"tokenParameterArn":       d.TokenParameterArn,
		"ecsTaskExecutionRoleArn": d.EcsTaskExecutionRoleArn,
		"apiTaskRoleArn":          d.APITaskRoleArn,
		"workerTaskRoleArn":       d.WorkerTaskRoleArn,
	}
}

// Export makes every output of the component one of the stack.
func (d *DataConfig) Export(ctx *pulumi.Context) {
	for name, value := range d.outputs() {
		ctx.Export(name, value)
	}
}

// builder registers the parts of one component.
type builder struct {
	ctx    *pulumi.Context
	args   Args
	parent *DataConfig
	names  naming.Environment
}

// child are the options of every resource within the component.
func (b *builder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.parent)}, more...)
}

func (b *builder) tags() pulumi.StringMap { return pulumi.ToStringMap(b.args.tags().Map()) }

// locate asks AWS for the region and the account where they are not given, and
// checks the names that hold them.
func (b *builder) locate() error {
	if b.args.Region == "" {
		region, err := aws.GetRegion(b.ctx, nil, pulumi.Parent(b.parent))
		if err != nil {
			return fmt.Errorf("asking for the region: %w", err)
		}
		b.args.Region = region.Name
	}
	if b.args.AccountID == "" {
		caller, err := aws.GetCallerIdentity(b.ctx, nil, pulumi.Parent(b.parent))
		if err != nil {
			return fmt.Errorf("asking for the account: %w", err)
		}
		b.args.AccountID = caller.AccountId
	}
	if err := naming.Bucket.Check(b.bucketName()); err != nil {
		return err
	}
	return naming.Queue.Check(b.queueName())
}
