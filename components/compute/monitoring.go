package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// MonitoringArgs turn on the alarms, the dashboard and the services' own metrics.
// They are off by default: CloudWatch's free tier has 10 alarms, 10 metrics and 3
// dashboards for a whole account, and the alarms of one environment read 12 metrics.
type MonitoringArgs struct {
	// Enabled makes alarms and the dashboard, lets the services report their metrics,
	// and makes ECS roll back a deployment that sets off one of the alarms on errors,
	// latency, token reads and storing. A deployment takes about ten minutes longer,
	// since ECS watches the alarms before it completes.
	Enabled bool `key:"monitoring" description:"Alarms, a dashboard and the services' own metrics, and a rollback of deployments that set off an alarm: about $6 a month beyond CloudWatch's free tier"`
	// LatencyMilliseconds is compared with the 99th percentile of five minutes each
	// of which has enough requests to have one.
	LatencyMilliseconds int `key:"alarmLatencyMilliseconds" default:"1000" validate:"min=10,max=60000" description:"99th percentile of the api's response time that sets off an alarm, in milliseconds, with monitoring"`
	// OldestMessageSeconds is longer than a worker that scales from zero needs to
	// start.
	OldestMessageSeconds int `key:"alarmOldestMessageSeconds" default:"900" validate:"min=60,max=1209600" description:"Age of the oldest message that sets off an alarm, in seconds, with monitoring"`
}

// metricsNamespace is where the services report their metrics, or empty.
func (a Args) metricsNamespace() string {
	if !a.Monitoring.Enabled {
		return ""
	}
	return a.Project + "/" + a.Environment
}

// reporting adds the namespace to a service's environment; without it a service
// reports no metrics.
func (a Args) reporting(environment map[string]string) map[string]string {
	if namespace := a.metricsNamespace(); namespace != "" {
		environment["METRICS_NAMESPACE"] = namespace
	}
	return environment
}

// monitor watches the services once they are deployed.
func (b *builder) monitor(cluster *ecs.Cluster, api, worker *ecs.Service, before rollbackAlarms, out *Compute) error {
	if !b.args.Monitoring.Enabled {
		return nil
	}
	m := b.measured(out)
	m.apiTasks, m.workerTasks = tasks(cluster, api), tasks(cluster, worker)
	alarms := append(append([]*cloudwatch.MetricAlarm{}, before.api...), before.worker...)
	for _, a := range b.serviceAlarms(m) {
		made, err := b.alarm(a)
		if err != nil {
			return fmt.Errorf("making the alarm %s: %w", a.name, err)
		}
		alarms = append(alarms, made)
	}
	if err := b.dashboard(alarms, graphs(m)); err != nil {
		return fmt.Errorf("making the dashboard: %w", err)
	}
	return nil
}

// rolledBackBy makes ECS roll back a deployment of the service during which one of
// the alarms is set off, and lets the provider wait for it longer than the 20 minutes
// that it waits by itself.
//
// The block is there without monitoring, too, and turned off: neither ECS nor the
// provider takes a missing one as a change, so the service would go on with alarms
// that are deleted, and every later preview would show them. ECS accepts names of
// alarms that it does not have.
// https://github.com/aws/copilot-cli/pull/4565
func (b *builder) rolledBackBy(names []string, alarms []*cloudwatch.MetricAlarm, service *ecs.ServiceArgs) []pulumi.ResourceOption {
	on := b.args.Monitoring.Enabled
	service.Alarms = &ecs.ServiceAlarmsArgs{
		AlarmNames: pulumi.ToStringArray(b.named(names)), Enable: pulumi.Bool(on), Rollback: pulumi.Bool(on),
	}
	if !on {
		return nil
	}
	var waits []pulumi.Resource
	for _, alarm := range alarms {
		waits = append(waits, alarm)
	}
	const longest = "45m"
	return []pulumi.ResourceOption{pulumi.DependsOn(waits), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: longest, Update: longest})}
}

func (b *builder) named(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, b.names.Named(name))
	}
	return all
}
