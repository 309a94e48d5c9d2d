package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Size is what a service costs by.
type Size struct {
	// Desired is how many tasks ECS keeps running.
	Desired int
	// CPU is in CPU units, Memory in MiB, both of one task.
	CPU, Memory int
	// Architecture is x86_64 or arm64.
	Architecture string
	// SpotPercent of the tasks run on Fargate Spot.
	SpotPercent int
	// PublicIP is whether each task has a public address.
	PublicIP bool
	// Metrics is whether the service reports metrics of its own.
	Metrics bool
	// Subnets is how many the service runs in: one for each zone.
	Subnets int
}

// Size reads what a service and its current task definition cost by.
func (c *Cluster) Size(ctx context.Context, service string) (Size, error) {
	found, err := c.find(ctx, service)
	if err != nil {
		return Size{}, err
	}
	described, err := c.client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: found.TaskDefinition})
	if err != nil {
		return Size{}, fmt.Errorf("describing the task definition of %s: %w", Name(service), err)
	}
	task := described.TaskDefinition
	size := Size{Desired: int(found.DesiredCount), Architecture: "x86_64", SpotPercent: spotPercent(found.CapacityProviderStrategy)}
	if task.RuntimePlatform != nil && task.RuntimePlatform.CpuArchitecture == types.CPUArchitectureArm64 {
		size.Architecture = "arm64"
	}
	if network := found.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		size.PublicIP = network.AwsvpcConfiguration.AssignPublicIp == types.AssignPublicIpEnabled
		size.Subnets = len(network.AwsvpcConfiguration.Subnets)
	}
	for i := range task.ContainerDefinitions {
		for _, variable := range task.ContainerDefinitions[i].Environment {
			size.Metrics = size.Metrics || aws.ToString(variable.Name) == "METRICS_NAMESPACE"
		}
	}
	var cpu, memory error
	size.CPU, cpu = strconv.Atoi(aws.ToString(task.Cpu))
	size.Memory, memory = strconv.Atoi(aws.ToString(task.Memory))
	if err := errors.Join(cpu, memory); err != nil {
		return Size{}, fmt.Errorf("reading the task size of %s: %w", Name(service), err)
	}
	return size, nil
}

// spotPercent is the share of the tasks that a strategy places on Fargate Spot,
// apart from its base. A service without a strategy has none there.
func spotPercent(strategy []types.CapacityProviderStrategyItem) int {
	spot, all := 0, 0
	for _, provider := range strategy {
		all += int(provider.Weight)
		if aws.ToString(provider.CapacityProvider) == "FARGATE_SPOT" {
			spot += int(provider.Weight)
		}
	}
	if all == 0 {
		return 0
	}
	return 100 * spot / all
}
