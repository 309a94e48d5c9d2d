package compute

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// APIScaling lets the number of the api's tasks follow its load. The number is the
// autoscaler's then, and DesiredCount only that of the first deployment.
type APIScaling struct {
	// MaxCount turns scaling on. The two policies make four alarms.
	MaxCount int `key:"apiMaxCount" default:"0" validate:"min=0,max=100" description:"Most tasks of the api; 0 turns scaling off. On: about $0.40 a month for alarms, and each further task"`
	// MinCount is the fewest tasks: a request needs one that runs.
	MinCount int `key:"apiMinCount" default:"1" validate:"min=1,max=100" description:"Fewest tasks of the api, with apiMaxCount"`
	// RequestsPerTarget and CPUPercent are what the autoscaler keeps each task at;
	// the one that needs more tasks decides.
	RequestsPerTarget int `key:"apiRequestsPerTarget" default:"3000" validate:"min=1,max=1000000" description:"Requests a minute that a task of the api serves before another one is started, with apiMaxCount"`
	CPUPercent        int `key:"apiCpuPercent" default:"60" validate:"min=10,max=90" description:"CPU use of the api's tasks above which another one is started, with apiMaxCount"`
}

// WorkerScaling lets the number of the worker's tasks follow the queue. The number
// is the autoscaler's then, and DesiredCount only that of the first deployment.
type WorkerScaling struct {
	// MaxCount turns scaling on. The policy makes two alarms of two metrics.
	MaxCount int `key:"workerMaxCount" default:"0" validate:"min=0,max=100" description:"Most tasks of the worker; 0 turns scaling off. On: about $0.40 a month for alarms, and each further task"`
	// MinCount is the fewest tasks. With 0 an alarm of three metrics starts a task
	// when a message arrives.
	MinCount *int `key:"workerMinCount" default:"1" validate:"min=0,max=100" description:"Fewest tasks of the worker, with workerMaxCount; 0 saves the idle task (about $9 a month), costs about $0.30 a month for an alarm, and stores the first payload minutes later"`
	// TargetLatencySeconds divided by the time of a message is the backlog that a
	// task may have.
	TargetLatencySeconds int `key:"workerTargetLatencySeconds" default:"60" validate:"min=1,max=3600" description:"Seconds that a message may wait before more tasks are started, with workerMaxCount"`
	// MillisecondsPerMessage is the time that a task needs for a message when it is
	// busy: 1000 divided by the messages that it stores in a second.
	MillisecondsPerMessage int `key:"workerMillisecondsPerMessage" default:"10" validate:"min=1,max=60000" description:"Milliseconds that a busy task needs for a message, as measured: 1000 / messages stored per second, with workerMaxCount"`
}

// backlogPerTask is how many messages may wait for each task.
func (s WorkerScaling) backlogPerTask() float64 {
	return float64(s.TargetLatencySeconds) * 1000 / float64(s.MillisecondsPerMessage)
}

// scaling checks the settings that depend on each other.
func (a Args) scaling() error {
	var wrong []error
	check := func(service string, least, most int) {
		if most > 0 && least > most {
			wrong = append(wrong, &args.Error{
				Field: service + ".Scaling.MinCount", Value: least, Allowed: fmt.Sprintf("at most {%s.Scaling.MaxCount}, %d", service, most),
			})
		}
	}
	check("API", a.API.Scaling.MinCount, a.API.Scaling.MaxCount)
	check("Worker", *a.Worker.Scaling.MinCount, a.Worker.Scaling.MaxCount)
	return errors.Join(wrong...)
}

// counted are the options of a service: with an autoscaler no update changes the
// number of tasks.
func (b *builder) counted(most int, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	if most > 0 {
		more = append(more, pulumi.IgnoreChanges([]string{"desiredCount"}))
	}
	return b.Child(more...)
}

// fixed is the number of tasks that the program sets, or nil with an autoscaler.
func fixed(desired *int, most int) *int {
	if most > 0 {
		return nil
	}
	return desired
}

// scaled is a service whose number of tasks an autoscaler sets.
type scaled struct {
	*builder
	name   string
	target *appautoscaling.Target
}

func (b *builder) scaled(name string, cluster *ecs.Cluster, service *ecs.Service, least, most int) (scaled, error) {
	target, err := appautoscaling.NewTarget(b.Ctx, b.names.Named(name), &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", cluster.Name, service.Name),
		MinCapacity:       pulumi.Int(least),
		MaxCapacity:       pulumi.Int(most),
		Tags:              b.Tags,
	}, b.Child()...)
	return scaled{builder: b, name: name, target: target}, err
}

// track keeps a metric at its target. A task is started after a minute above it,
// and stopped after 15 minutes below.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (s scaled) track(metric string, target *appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs) error {
	target.ScaleOutCooldown, target.ScaleInCooldown = pulumi.Int(60), pulumi.Int(300)
	_, err := s.policy(metric, &appautoscaling.PolicyArgs{
		PolicyType: pulumi.String("TargetTrackingScaling"), TargetTrackingScalingPolicyConfiguration: target,
	})
	return err
}

func (s scaled) policy(metric string, of *appautoscaling.PolicyArgs) (*appautoscaling.Policy, error) {
	name := s.names.Named(s.name + "-" + metric)
	of.Name = pulumi.String(name)
	of.ServiceNamespace, of.ScalableDimension, of.ResourceId = s.target.ServiceNamespace, s.target.ScalableDimension, s.target.ResourceId
	return appautoscaling.NewPolicy(s.Ctx, name, of, s.Child()...)
}

// scaleAPI keeps the requests and the CPU of each task of the api at their targets.
func (b *builder) scaleAPI(cluster *ecs.Cluster, service *ecs.Service, balancer, targets pulumi.StringOutput) error {
	settings := b.args.API.Scaling
	if settings.MaxCount == 0 {
		return nil
	}
	s, err := b.scaled(apiName, cluster, service, settings.MinCount, settings.MaxCount)
	if err != nil {
		return err
	}
	err = s.track("requests", &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
		TargetValue: pulumi.Float64(float64(settings.RequestsPerTarget)),
		PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ALBRequestCountPerTarget"),
			ResourceLabel:        pulumi.Sprintf("%s/%s", suffixOf(balancer, ":loadbalancer/"), suffixOf(targets, ":")),
		},
	})
	if err != nil {
		return err
	}
	return s.track("cpu", &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
		TargetValue: pulumi.Float64(float64(settings.CPUPercent)),
		PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
		},
	})
}

// suffixOf is what follows the last separator of an ARN, as CloudWatch names load
// balancers and target groups.
func suffixOf(arn pulumi.StringOutput, separator string) pulumi.StringOutput {
	return component.String(arn, func(text string) (string, error) {
		_, after, found := cutLast(text, separator)
		if !found {
			return "", fmt.Errorf("%s is not an ARN with %q", text, separator)
		}
		return after, nil
	})
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
