package compute

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// parts are what the services are put together from.
type parts struct {
	net    network
	groups securityGroups
	front  frontend
	// endpoints are what tasks need before they start.
	endpoints []pulumi.Resource
	images    images
	logs      logGroups
}

// services makes the cluster and the two services in it.
func (b *builder) services(p parts, out *Compute) error {
	cluster, err := ecs.NewCluster(b.Ctx, b.names.Named(clusterName), &ecs.ClusterArgs{
		Name: pulumi.String(b.names.Named(clusterName)),
		Tags: b.Tags,
	}, b.Child()...)
	if err != nil {
		return fmt.Errorf("making the cluster: %w", err)
	}
	out.EcsClusterName, out.EcsClusterArn = cluster.Name, cluster.Arn
	if err := b.api(cluster, p, out); err != nil {
		return fmt.Errorf("making the api's service: %w", err)
	}
	if err := b.worker(cluster, p, out); err != nil {
		return fmt.Errorf("making the worker's service: %w", err)
	}
	return nil
}

func (b *builder) api(cluster *ecs.Cluster, p parts, out *Compute) error {
	data := b.args.Data
	task, err := b.task(apiName, definition{
		cpu: b.args.API.CPU, memory: b.args.API.Memory,
		role: data.APITaskRoleArn, image: p.images.api, logs: p.logs.api, queueURL: data.QueueURL, other: data.TokenParameterName,
		container: func(image, logs, queue, parameter string) container {
			return newContainer(apiName, image, b.args.Region, logs, b.args.apiEnvironment(queue, parameter)).listening(apiPort)
		},
	})
	if err != nil {
		return err
	}
	args := b.service(apiName, cluster, task, p.net, p.groups.api, *b.args.API.DesiredCount)
	args.LoadBalancers = ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
		TargetGroupArn: p.front.targets.Arn, ContainerName: pulumi.String(apiName), ContainerPort: pulumi.Int(apiPort),
	}}
	// ECS leaves a task that the load balancer finds unhealthy alone for so long.
	args.HealthCheckGracePeriodSeconds = pulumi.Int(60)
	// ECS takes no target group that no listener forwards to.
	service, err := ecs.NewService(b.Ctx, b.names.Named(apiName), args, b.Child(pulumi.DependsOn(append(p.endpoints, p.front.listener)))...)
	if err != nil {
		return err
	}
	// The id of a service is its ARN.
	out.APIServiceArn, out.APITaskDefinitionArn = service.ID().ToStringOutput(), b.rolledOut(cluster, service, task)
	out.APIImage = b.after(out.APITaskDefinitionArn, p.images.api)
	return nil
}

func (b *builder) worker(cluster *ecs.Cluster, p parts, out *Compute) error {
	data := b.args.Data
	task, err := b.task(workerName, definition{
		cpu: b.args.Worker.CPU, memory: b.args.Worker.Memory,
		role: data.WorkerTaskRoleArn, image: p.images.worker, logs: p.logs.worker, queueURL: data.QueueURL, other: data.BucketName,
		container: func(image, logs, queue, bucket string) container {
			return newContainer(workerName, image, b.args.Region, logs, b.args.workerEnvironment(queue, bucket))
		},
	})
	if err != nil {
		return err
	}
	service, err := ecs.NewService(b.Ctx, b.names.Named(workerName),
		b.service(workerName, cluster, task, p.net, p.groups.worker, *b.args.Worker.DesiredCount), b.Child(pulumi.DependsOn(p.endpoints))...)
	if err != nil {
		return err
	}
	out.WorkerServiceArn, out.WorkerTaskDefinitionArn = service.ID().ToStringOutput(), b.rolledOut(cluster, service, task)
	out.WorkerImage = b.after(out.WorkerTaskDefinitionArn, p.images.worker)
	return nil
}

// definition is a task's container, made of what is known only after other
// resources are.
type definition struct {
	cpu, memory int

	role      pulumi.StringInput
	image     pulumi.StringOutput
	logs      *cloudwatch.LogGroup
	queueURL  pulumi.StringInput
	other     pulumi.StringInput
	container func(image, logs, queueURL, other string) container
}

// task makes a task definition. An old revision is not deregistered, since a
// roll-back of ECS needs it.
func (b *builder) task(service string, d definition) (*ecs.TaskDefinition, error) {
	containers := pulumi.StringArray{d.image, d.logs.Name, d.queueURL, d.other}.ToStringArrayOutput().
		ApplyT(func(values []string) (string, error) {
			return render(d.container(values[0], values[1], values[2], values[3]))
		}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
	return ecs.NewTaskDefinition(b.Ctx, b.names.Named(service), &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(b.names.Named(service)),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String("FARGATE")},
		NetworkMode:             pulumi.String("awsvpc"),
		Cpu:                     pulumi.String(strconv.Itoa(d.cpu)),
		Memory:                  pulumi.String(strconv.Itoa(d.memory)),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			OperatingSystemFamily: pulumi.String("LINUX"),
			CpuArchitecture:       pulumi.String(strings.ToUpper(b.args.CPUArchitecture)),
		},
		ExecutionRoleArn:     b.args.Data.ExecutionRoleArn,
		TaskRoleArn:          d.role,
		ContainerDefinitions: containers,
		SkipDestroy:          pulumi.Bool(true),
		Tags:                 b.Tags,
	}, b.Child()...)
}

// service is what both services have in common. A deployment starts new tasks
// before it stops old ones, is waited for, and goes back by itself if they fail.
func (b *builder) service(name string, cluster *ecs.Cluster, task *ecs.TaskDefinition, net network, group *ec2.SecurityGroup, count int) *ecs.ServiceArgs {
	return &ecs.ServiceArgs{
		Name:                            pulumi.String(b.names.Named(name)),
		Cluster:                         cluster.Arn,
		TaskDefinition:                  task.Arn,
		DesiredCount:                    pulumi.Int(count),
		LaunchType:                      pulumi.String("FARGATE"),
		PlatformVersion:                 pulumi.String("LATEST"),
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		WaitForSteadyState:   pulumi.Bool(true),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("SERVICE"),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        net.tasks,
			SecurityGroups: pulumi.StringArray{group.ID()},
			AssignPublicIp: pulumi.Bool(net.addresses),
		},
		Tags: b.Tags,
	}
}
