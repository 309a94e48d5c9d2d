package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// scaleWorker keeps the messages that wait for each task of the worker at the
// target, and with a minimum of 0 starts the first task.
func (b *builder) scaleWorker(cluster *ecs.Cluster, service *ecs.Service, balancer pulumi.StringOutput) error {
	settings := b.args.Worker.Scaling
	if settings.MaxCount == 0 {
		return nil
	}
	s, err := b.scaled(workerName, cluster, service, *settings.MinCount, settings.MaxCount)
	if err != nil {
		return err
	}
	queue := queueName(b.args.Data.QueueURL)
	tracked := appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArray{
		tracked("visible", visible(queue)),
		tracked("tasks", tasks(cluster, service)),
		&appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs{
			Id: pulumi.String("backlog"), Expression: pulumi.String("visible / tasks"), Label: pulumi.String("Messages per task"), ReturnData: pulumi.Bool(true),
		},
	}
	err = s.track("backlog", &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
		TargetValue: pulumi.Float64(settings.backlogPerTask()),
		CustomizedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs{
			Metrics: tracked,
		},
	})
	if err != nil || *settings.MinCount > 0 {
		return err
	}
	return s.startFirst(queue, balancer, tasks(cluster, service))
}

func tracked(id string, m metric) *appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs {
	var dimensions appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArray
	for _, name := range []string{"ClusterName", "QueueName", "ServiceName"} {
		if value := m.dimensions[name]; value != nil {
			dimensions = append(dimensions, &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs{
				Name: pulumi.String(name), Value: value,
			})
		}
	}
	return &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs{
		Id: pulumi.String(id), ReturnData: pulumi.Bool(false),
		MetricStat: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs{
			Stat: pulumi.String(m.statistic),
			Metric: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs{
				Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name), Dimensions: dimensions,
			},
		},
	}
}

// firstTask is true while no task runs and a message waits or a request arrives.
// The requests are in it because SQS may report the metrics of a queue that got no
// call for six hours only 15 minutes after its first message.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
const firstTask = "(FILL(visible, 0) + FILL(accepted, 0)) * (FILL(tasks, 0) < 1)"

// startFirst starts a task where none runs: the backlog of each task has no value
// then, so target tracking does nothing.
func (s scaled) startFirst(queue, balancer pulumi.StringOutput, running metric) error {
	start, err := s.policy("first", &appautoscaling.PolicyArgs{
		PolicyType: pulumi.String("StepScaling"),
		StepScalingPolicyConfiguration: &appautoscaling.PolicyStepScalingPolicyConfigurationArgs{
			// One more, and not exactly one: an alarm that is late stops no task. The
			// cooldown is longer than a task takes to report its first metric.
			AdjustmentType: pulumi.String("ChangeInCapacity"), Cooldown: pulumi.Int(300),
			StepAdjustments: appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArray{
				&appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs{
					MetricIntervalLowerBound: pulumi.String("0"), ScalingAdjustment: pulumi.Int(1),
				},
			},
		},
	})
	if err != nil {
		return err
	}
	accepted := ofBalancer("HTTPCode_Target_2XX_Count", "Sum", suffixOf(balancer, ":loadbalancer/"))
	_, err = cloudwatch.NewMetricAlarm(s.Ctx, s.names.Named("worker-first"), &cloudwatch.MetricAlarmArgs{
		Name:             pulumi.String(s.names.Named("worker-first")),
		AlarmDescription: pulumi.String("Starts a task of the worker: none runs, and a message waits or a request arrives."),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("first"), Expression: pulumi.String(firstTask), Label: pulumi.String("Messages without a task"), ReturnData: pulumi.Bool(true),
			},
			watched("visible", visible(queue), 60), watched("accepted", accepted, 60), watched("tasks", running, 60),
		},
		EvaluationPeriods:  pulumi.Int(1),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(0),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{start.Arn},
		Tags:               s.Tags,
	}, s.Child()...)
	return err
}
