package compute

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Explanation describes why ECS does not run what was deployed to a service: the
// reason and the last events. The arguments are the cluster's ARN and the service's
// name.
type Explanation func(ctx context.Context, cluster, service string) (string, error)

// rolledOut returns the ARN of a task definition once its service runs it. The
// provider waits for a steady state, which a service also reaches when ECS rolled
// the deployment back, so ECS is asked after every update; another task definition
// is an error, which fails the update. A preview asks nothing.
//
// What ECS runs is compared and not what the provider returned, so that an update
// that changes nothing fails, too, while ECS runs another task definition. So does
// one where ECS has another number of tasks than the program sets: the state does
// not know of the number that an autoscaler left behind, and no update would repair
// it. A nil number is not compared.
func (b *builder) rolledOut(cluster *ecs.Cluster, service *ecs.Service, task *ecs.TaskDefinition, tasks *int) pulumi.StringOutput {
	if b.Ctx.DryRun() {
		return task.Arn
	}
	// The name is an output of the service: it is known after the deployment.
	found := ecs.LookupServiceOutput(b.Ctx, ecs.LookupServiceOutputArgs{
		ClusterArn: cluster.Arn, ServiceName: service.Name,
	}, pulumi.Parent(b.Parent))
	return pulumi.StringArray{cluster.Arn, service.Name, task.Arn, found.TaskDefinition(), pulumi.Sprintf("%d", found.DesiredCount())}.ToStringArrayOutput().
		ApplyTWithContext(b.Ctx.Context(), func(ctx context.Context, values []string) (string, error) {
			r := rollout{cluster: values[0], service: values[1], deployed: values[2], running: values[3], tasks: values[4]}
			switch {
			case r.deployed != r.running:
				return "", b.rolledBack(ctx, r)
			case tasks != nil && r.tasks != strconv.Itoa(*tasks):
				return "", b.miscounted(r, *tasks)
			}
			return r.deployed, nil
		}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
}

// rollout is what was deployed to a service and what ECS runs.
type rollout struct {
	cluster, service, deployed, running string
	// tasks is the desired number of tasks in ECS.
	tasks string
}

// miscounted is the error of a service with another number of tasks than the program
// sets. A refresh takes the number into the state, and the update then changes it.
func (b *builder) miscounted(r rollout, want int) error {
	return fmt.Errorf(`the service %s has the desired count %s in ECS, and the program sets %d: an autoscaler set it before scaling was turned off, or it was changed outside of Pulumi. To set the program's count:
  pulumi up --refresh --stack %[4]s
If this update named image tags, run it again after pulumi refresh --stack %[4]s instead: the outputs still name the images of the last good update`, r.service, r.tasks, want, b.args.Environment)
}

// rolledBack is the error of a service that runs another task definition.
func (b *builder) rolledBack(ctx context.Context, r rollout) error {
	lines := []string{
		fmt.Sprintf("ECS does not run what was deployed to the service %s: it rolled the deployment back, or the service was changed outside of Pulumi", r.service),
		"  deployed: " + r.deployed,
		"  running:  " + r.running,
	}
	if b.args.Explain != nil {
		text, err := b.args.Explain(ctx, r.cluster, r.service)
		if err != nil {
			text = fmt.Sprintf("the reason is not known: %v", err)
		}
		lines = append(lines, indent(text))
	}
	return fmt.Errorf("%s", strings.Join(append(lines,
		"The outputs still name the images of the last good update. To see more, or to deploy the same again:",
		fmt.Sprintf("  aws ecs describe-services --region %s --cluster %s --services %s", b.args.Region, b.names.Named(clusterName), r.service),
		fmt.Sprintf("  ingestctl --stack %s rollout --events", b.args.Environment),
		"  pulumi up --refresh",
	), "\n"))
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

// after returns a value once another one is known, and fails with it. A preview
// does not wait.
func (b *builder) after(known, value pulumi.StringOutput) pulumi.StringOutput {
	if b.Ctx.DryRun() {
		return value
	}
	return pulumi.StringArray{known, value}.ToStringArrayOutput().Index(pulumi.Int(1))
}
