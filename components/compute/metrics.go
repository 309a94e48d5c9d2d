package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// metric is a metric of CloudWatch; each has a value a minute.
type metric struct {
	namespace, name, statistic string
	dimensions                 pulumi.StringMap
}

// measured is what the metrics of an environment are of.
type measured struct {
	// namespace is that of the services' own metrics.
	namespace string
	// queue and deadLetters are names of queues; balancer and targets are what
	// CloudWatch calls the load balancer and the target group.
	queue, deadLetters, balancer, targets pulumi.StringOutput
	// apiTasks and workerTasks are known once the services are there.
	apiTasks, workerTasks metric
}

func (b *builder) measured(out *Compute) measured {
	data := b.args.Data
	return measured{
		namespace:   b.args.metricsNamespace(),
		queue:       queueName(data.QueueURL),
		deadLetters: queueName(data.DLQURL),
		balancer:    suffixOf(out.ALBArn, ":loadbalancer/"),
		targets:     suffixOf(out.ALBTargetGroupArn, ":"),
	}
}

// queueName is the name of a queue, as CloudWatch knows it.
func queueName(url pulumi.StringInput) pulumi.StringOutput {
	return suffixOf(url.ToStringOutput(), "/")
}

// ofQueue is a metric of a queue. SQS reports none for a queue that has been idle
// for hours.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
func ofQueue(name, statistic string, queue pulumi.StringOutput) metric {
	return metric{"AWS/SQS", name, statistic, pulumi.StringMap{"QueueName": queue}}
}

// visible is how many messages wait in the queue.
func visible(queue pulumi.StringOutput) metric {
	return ofQueue("ApproximateNumberOfMessagesVisible", "Average", queue)
}

// ofBalancer is a metric of a load balancer. It counts what happened: while nothing
// does, it has no value.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func ofBalancer(name, statistic string, balancer pulumi.StringOutput) metric {
	return metric{"AWS/ApplicationELB", name, statistic, pulumi.StringMap{"LoadBalancer": balancer}}
}

// ofTargets is a metric of what the load balancer forwards to the api's tasks.
func (m measured) ofTargets(name, statistic string) metric {
	of := ofBalancer(name, statistic, m.balancer)
	of.dimensions["TargetGroup"] = m.targets
	return of
}

// own is a metric that a service reports itself, once a minute, also when it is 0.
func (m measured) own(service, name string) metric {
	return metric{m.namespace, name, "Sum", pulumi.StringMap{"Service": pulumi.String(service)}}
}

// ofService is a metric of all tasks of a service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
func ofService(name, statistic string, cluster *ecs.Cluster, service *ecs.Service) metric {
	return metric{"AWS/ECS", name, statistic, pulumi.StringMap{"ClusterName": cluster.Name, "ServiceName": service.Name}}
}

// tasks is how many tasks run. Each reports its CPU once a minute, so the number of
// reports is the number of tasks; RunningTaskCount needs Container Insights, which
// costs more than a task. Without a task it has no value.
func tasks(cluster *ecs.Cluster, service *ecs.Service) metric {
	return ofService("CPUUtilization", "SampleCount", cluster, service)
}

// watched is a metric that an alarm's expression calls by the id.
func watched(id string, m metric, seconds int) *cloudwatch.MetricAlarmMetricQueryArgs {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name), Dimensions: m.dimensions,
			Stat: pulumi.String(m.statistic), Period: pulumi.Int(seconds),
		},
	}
}
