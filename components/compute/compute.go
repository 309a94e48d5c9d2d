// Package compute makes what an environment of ingest runs on: two ECR
// repositories, an ECS cluster with the Fargate services api and worker, and a
// load balancer before the api. Everything is in the account's default VPC, unless
// Network says otherwise.
package compute

import (
	"errors"
	"fmt"

	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type is the component's type token.
const Type = "ingest:compute:Compute"

// What the parts are called behind the environment's prefix. Deploying roles are
// scoped by that prefix.
const (
	apiName     = "api"
	workerName  = "worker"
	albName     = "alb"
	clusterName = "cluster"
)

// Compute is the component. Its outputs are what operators and delivery need to
// know.
type Compute struct {
	pulumi.ResourceState

	// URL is where the api answers, https where HTTPS is set up, without a slash at
	// the end.
	URL                 pulumi.StringOutput `pulumi:"url"`
	ALBDNSName          pulumi.StringOutput `pulumi:"albDnsName"`
	ALBArn              pulumi.StringOutput `pulumi:"albArn"`
	ALBTargetGroupArn   pulumi.StringOutput `pulumi:"albTargetGroupArn"`
	APIRepositoryURL    pulumi.StringOutput `pulumi:"ecrApiRepositoryUrl"`
	WorkerRepositoryURL pulumi.StringOutput `pulumi:"ecrWorkerRepositoryUrl"`
	ECSClusterName      pulumi.StringOutput `pulumi:"ecsClusterName"`
	ECSClusterArn       pulumi.StringOutput `pulumi:"ecsClusterArn"`
	APIServiceArn       pulumi.StringOutput `pulumi:"apiServiceArn"`
	WorkerServiceArn    pulumi.StringOutput `pulumi:"workerServiceArn"`
	// APITaskDefinitionArn and WorkerTaskDefinitionArn name a revision.
	APITaskDefinitionArn    pulumi.StringOutput `pulumi:"apiTaskDefinitionArn"`
	WorkerTaskDefinitionArn pulumi.StringOutput `pulumi:"workerTaskDefinitionArn"`
	// The roles are those of Data.
	APITaskRoleArn          pulumi.StringOutput `pulumi:"apiTaskRoleArn"`
	WorkerTaskRoleArn       pulumi.StringOutput `pulumi:"workerTaskRoleArn"`
	ECSTaskExecutionRoleArn pulumi.StringOutput `pulumi:"ecsTaskExecutionRoleArn"`
	APILogGroupName         pulumi.StringOutput `pulumi:"apiLogGroupName"`
	WorkerLogGroupName      pulumi.StringOutput `pulumi:"workerLogGroupName"`
	// APIImage and WorkerImage are what the task definitions pin, by digest.
	APIImage    pulumi.StringOutput `pulumi:"apiImage"`
	WorkerImage pulumi.StringOutput `pulumi:"workerImage"`
}

var kind = component.Kind[Args]{
	Type: Type, Settings: Settings, Tags: Args.tags,
	Validate: func(a Args) error { return errors.Join(a.Validate(), a.Data.validate(a.Monitoring.Enabled)) },
}

// New makes the component. Its error names every wrong argument, before any
// resource is registered; an account without a default VPC is an error that says
// how to make one.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Compute, error) {
	return component.New(ctx, kind, name, &Compute{}, args, opts, func(base component.Builder, args Args, made *Compute) error {
		b := &builder{Builder: base, args: args, names: args.environment()}
		return b.build(made)
	})
}

// Export makes every output of the component an output of the stack.
func (c *Compute) Export(ctx *pulumi.Context) { component.Export(ctx, c) }

// builder registers the parts of one component.
type builder struct {
	component.Builder
	args  Args
	names naming.Environment
}

// build makes the parts, each from those before it.
func (b *builder) build(out *Compute) error {
	for _, warning := range b.args.HTTPS.warnings() {
		if err := b.Ctx.Log.Warn(warning, nil); err != nil {
			return fmt.Errorf("logging a warning: %w", err)
		}
	}
	if err := b.Locate(&b.args.Region, nil); err != nil {
		return err
	}
	net, err := b.network()
	if err != nil {
		return fmt.Errorf("setting up the network: %w", err)
	}
	groups, err := b.securityGroups(net)
	if err != nil {
		return fmt.Errorf("making the security groups: %w", err)
	}
	endpoints, err := b.endpoints(net, groups)
	if err != nil {
		return fmt.Errorf("making the endpoints: %w", err)
	}
	front, err := b.loadBalancer(net, groups, out)
	if err != nil {
		return fmt.Errorf("making the load balancer: %w", err)
	}
	images, err := b.resolveImages(out)
	if err != nil {
		return fmt.Errorf("making the repositories and images: %w", err)
	}
	logs, err := b.logGroups(out)
	if err != nil {
		return fmt.Errorf("making the log groups: %w", err)
	}
	rollback, err := b.rollbackAlarms(out)
	if err != nil {
		return err
	}
	data := b.args.Data
	out.ECSTaskExecutionRoleArn = data.ExecutionRoleArn.ToStringOutput()
	out.APITaskRoleArn, out.WorkerTaskRoleArn = data.APITaskRoleArn.ToStringOutput(), data.WorkerTaskRoleArn.ToStringOutput()
	return b.services(parts{net: net, groups: groups, endpoints: endpoints, front: front, images: images, logs: logs, rollback: rollback}, out)
}
