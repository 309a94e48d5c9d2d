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

// parts are what the services are made of.
type parts struct {
	net    network
	groups securityGroups
	front  frontend
	// endpoints are what tasks need before they start.
	endpoints []pulumi.Resource
	images    images
	logs      logGroups
	// rollback are what ECS rolls a deployment back for.
	rollback rollbackAlarms
}

// services makes the cluster and the two services in it.
func (b *builder) services(p parts, out *Compute) error {
	args := &ecs.ClusterArgs{Name: pulumi.String(b.names.Named(clusterName)), Tags: b.Tags}
	if insights := b.args.ContainerInsights; insights != "" {
		args.Settings = ecs.ClusterSettingArray{&ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(insights)}}
	}
	sessions, err := b.sessions()
	if err != nil {
		return fmt.Errorf("making the log group of sessions: %w", err)
	}
	args.Configuration = sessions
	cluster, err := ecs.NewCluster(b.Ctx, b.names.Named(clusterName), args, b.Child()...)
	if err != nil {
		return fmt.Errorf("making the cluster: %w", err)
	}
	out.ECSClusterName, out.ECSClusterArn = cluster.Name, cluster.Arn
	api, err := b.api(cluster, p, out)
	if err != nil {
		return fmt.Errorf("making the api's service: %w", err)
	}
	worker, err := b.worker(cluster, p, out)
	if err != nil {
		return fmt.Errorf("making the worker's service: %w", err)
	}
	return b.monitor(cluster, api, worker, p.rollback, out)
}

func (b *builder) api(cluster *ecs.Cluster, p parts, out *Compute) (*ecs.Service, error) {
	data := b.args.Data
	task, err := b.task(apiName, definition{
		cpu: b.args.API.CPU, memory: b.args.API.Memory,
		role: data.APITaskRoleArn, image: p.images.api, logs: p.logs.api, queueURL: data.QueueURL, tokenParameter: data.TokenParameterName,
		container: func(k known) container {
			return newContainer(apiName, k.image, b.args.Region, k.logGroup, b.args.traced(apiName, b.args.apiEnvironment(k.queueURL, k.tokenParameter))).listening(apiPort).withSessions(data.ECSExec)
		},
	})
	if err != nil {
		return nil, err
	}
	args := b.service(apiName, cluster, task, p.net, p.groups.api, *b.args.API.DesiredCount)
	args.LoadBalancers = ecs.ServiceLoadBalancerArray{&ecs.ServiceLoadBalancerArgs{
		TargetGroupArn: p.front.targets.Arn, ContainerName: pulumi.String(apiName), ContainerPort: pulumi.Int(apiPort),
	}}
	// ECS does not stop a task that the load balancer finds unhealthy before this.
	args.HealthCheckGracePeriodSeconds = pulumi.Int(60)
	waits := b.rolledBackBy(apiRollbackNames, p.rollback.api, args)
	// ECS takes no target group that no listener forwards to.
	waits = append(waits, pulumi.DependsOn(append(p.endpoints, p.front.listener)))
	service, err := ecs.NewService(b.Ctx, b.names.Named(apiName), args, b.counted(b.args.API.Scaling.MaxCount, waits...)...)
	if err != nil {
		return nil, err
	}
	// The id of a service is its ARN.
	out.APIServiceArn, out.APITaskDefinitionArn = service.ID().ToStringOutput(), b.rolledOut(cluster, service, task, fixed(b.args.API.DesiredCount, b.args.API.Scaling.MaxCount))
	out.APIImage = b.after(out.APITaskDefinitionArn, p.images.api)
	return service, b.scaleAPI(cluster, service, out.ALBArn, out.ALBTargetGroupArn)
}

func (b *builder) worker(cluster *ecs.Cluster, p parts, out *Compute) (*ecs.Service, error) {
	data := b.args.Data
	task, err := b.task(workerName, definition{
		cpu: b.args.Worker.CPU, memory: b.args.Worker.Memory,
		role: data.WorkerTaskRoleArn, image: p.images.worker, logs: p.logs.worker, queueURL: data.QueueURL, bucket: data.BucketName,
		container: func(k known) container {
			return newContainer(workerName, k.image, b.args.Region, k.logGroup, b.args.traced(workerName, b.args.workerEnvironment(k.queueURL, k.bucket))).withSessions(data.ECSExec)
		},
	})
	if err != nil {
		return nil, err
	}
	args := b.service(workerName, cluster, task, p.net, p.groups.worker, *b.args.Worker.DesiredCount)
	waits, err := b.spot(cluster, args)
	if err != nil {
		return nil, err
	}
	waits = append(append(waits, b.rolledBackBy(workerRollbackNames, p.rollback.worker, args)...), pulumi.DependsOn(p.endpoints))
	service, err := ecs.NewService(b.Ctx, b.names.Named(workerName), args, b.counted(b.args.Worker.Scaling.MaxCount, waits...)...)
	if err != nil {
		return nil, err
	}
	out.WorkerServiceArn, out.WorkerTaskDefinitionArn = service.ID().ToStringOutput(), b.rolledOut(cluster, service, task, fixed(b.args.Worker.DesiredCount, b.args.Worker.Scaling.MaxCount))
	out.WorkerImage = b.after(out.WorkerTaskDefinitionArn, p.images.worker)
	return service, b.scaleWorker(cluster, service, out.ALBArn)
}

// definition is what a task is made of. A nil input is an empty text.
type definition struct {
	cpu, memory int

	role           pulumi.StringInput
	image          pulumi.StringOutput
	logs           *cloudwatch.LogGroup
	queueURL       pulumi.StringInput
	tokenParameter pulumi.StringInput
	bucket         pulumi.StringInput
	// container makes the container once the inputs are known.
	container func(known) container
}

// known are the values of a definition's inputs.
type known struct{ image, logGroup, queueURL, tokenParameter, bucket string }

// containers renders the container definitions of a task.
func (d definition) containers() pulumi.StringOutput {
	inputs := pulumi.StringArray{d.image, d.logs.Name, d.queueURL, text(d.tokenParameter), text(d.bucket)}
	return inputs.ToStringArrayOutput().ApplyT(func(v []string) (string, error) {
		return render(d.container(known{image: v[0], logGroup: v[1], queueURL: v[2], tokenParameter: v[3], bucket: v[4]}))
	}).(pulumi.StringOutput) //nolint:forcetypeassert // ApplyT returns the output type of what its function returns
}

func text(input pulumi.StringInput) pulumi.StringInput {
	if input == nil {
		return pulumi.String("")
	}
	return input
}

// task makes a task definition. An old revision is not deregistered, since a
// roll-back of ECS needs it.
func (b *builder) task(service string, d definition) (*ecs.TaskDefinition, error) {
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
		ContainerDefinitions: d.containers(),
		SkipDestroy:          pulumi.Bool(true),
		Tags:                 b.Tags,
	}, b.Child()...)
}

// service is what both services have in common. A deployment starts new tasks
// before it stops old ones, is waited for, and goes back by itself if they fail.
func (b *builder) service(name string, cluster *ecs.Cluster, task *ecs.TaskDefinition, net network, group *ec2.SecurityGroup, count int) *ecs.ServiceArgs {
	args := &ecs.ServiceArgs{
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
	if b.args.Data.ECSExec {
		args.EnableExecuteCommand = pulumi.Bool(true)
	}
	return args
}
