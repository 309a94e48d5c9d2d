package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// spot moves the worker's share of tasks to Fargate Spot, and returns the options
// that its service needs for it.
func (b *builder) spot(cluster *ecs.Cluster, service *ecs.ServiceArgs) ([]pulumi.ResourceOption, error) {
	percent := b.args.Worker.SpotPercent
	if percent == 0 {
		return nil, nil
	}
	const onDemand, spare = "FARGATE", "FARGATE_SPOT"
	providers, err := ecs.NewClusterCapacityProviders(b.Ctx, b.names.Named(clusterName), &ecs.ClusterCapacityProvidersArgs{
		ClusterName: cluster.Name, CapacityProviders: pulumi.ToStringArray([]string{onDemand, spare}),
	}, b.Child()...)
	if err != nil {
		return nil, err
	}
	var strategy ecs.ServiceCapacityProviderStrategyArray
	for _, share := range []struct {
		provider string
		weight   int
	}{{onDemand, 100 - percent}, {spare, percent}} {
		if share.weight > 0 {
			strategy = append(strategy, &ecs.ServiceCapacityProviderStrategyArgs{
				CapacityProvider: pulumi.String(share.provider), Weight: pulumi.Int(share.weight),
			})
		}
	}
	// ECS takes a launch type or a strategy. Without a new deployment a change of
	// the strategy replaces the service.
	service.LaunchType, service.CapacityProviderStrategies, service.ForceNewDeployment = nil, strategy, pulumi.Bool(true)
	return []pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{providers})}, nil
}
