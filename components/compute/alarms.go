package compute

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What a period without a value means.
const (
	// quiet is that nothing happened: no request, no message, no task to report.
	quiet = "notBreaching"
	// gone is that tasks, which report every minute, no longer run.
	gone = "breaching"
)

// The names of the alarms that roll a deployment back, behind the environment's.
var (
	apiRollbackNames    = []string{"api-balancer-5xx", "api-5xx", "api-latency", "api-token"}
	workerRollbackNames = []string{"worker-stores-nothing"}
)

// alarm notifies the topic when a metric, or an expression, passes its threshold.
type alarm struct {
	name string
	// description says what is wrong; the documentation says what to do.
	description string
	// metric, or an expression over metrics by their ids.
	metric     metric
	expression string
	metrics    []*cloudwatch.MetricAlarmMetricQueryArgs
	// A value passes the threshold when it is above it, below it, or at least as high.
	below, atLeast bool
	threshold      float64
	// period is in seconds, periods how many of them are looked at. All of them have to
	// pass the threshold, or as many as enough says.
	period, periods, enough int
	// missing is what a period without a value counts as.
	missing string
}

// rollbackAlarms tell of a bad deployment that health checks do not see. They are
// made before the services.
type rollbackAlarms struct{ api, worker []*cloudwatch.MetricAlarm }

func (b *builder) rollbackAlarms(out *Compute) (made rollbackAlarms, err error) {
	if !b.args.Monitoring.Enabled {
		return made, nil
	}
	m := b.measured(out)
	for _, service := range []struct {
		names  []string
		alarms []alarm
		into   *[]*cloudwatch.MetricAlarm
	}{
		{apiRollbackNames, b.apiAlarms(m), &made.api},
		{workerRollbackNames, []alarm{storesNothing(m)}, &made.worker},
	} {
		for i, a := range service.alarms {
			a.name = service.names[i]
			alarm, err := b.alarm(a)
			if err != nil {
				return made, fmt.Errorf("making the alarm %s: %w", a.name, err)
			}
			*service.into = append(*service.into, alarm)
		}
	}
	return made, nil
}

// apiAlarms are in the order of apiRollbackNames. Five failures are the fewest that
// count, so that one failed request of a quiet night sets off nothing.
func (b *builder) apiAlarms(m measured) []alarm {
	return []alarm{
		{
			description: "The load balancer answers 5xx by itself: the api's tasks do not answer, or there are none.",
			metric:      ofBalancer("HTTPCode_ELB_5XX_Count", "Sum", m.balancer),
			atLeast:     true, threshold: 5, period: 300, periods: 1, missing: quiet,
		},
		{
			description: "The api answers 5xx to 5 percent of the requests or more: AWS fails, or the api is overloaded.",
			expression:  "IF(errors >= 5, 100 * errors / requests, 0)",
			metrics: []*cloudwatch.MetricAlarmMetricQueryArgs{
				watched("errors", m.ofTargets("HTTPCode_Target_5XX_Count", "Sum"), 300), watched("requests", ofBalancer("RequestCount", "Sum", m.balancer), 300),
			},
			atLeast: true, threshold: 5, period: 300, periods: 1, missing: quiet,
		},
		{
			description: fmt.Sprintf("One request in a hundred takes the api longer than %d ms.", b.args.Monitoring.LatencyMilliseconds),
			metric:      m.ofTargets("TargetResponseTime", "p99"),
			threshold:   float64(b.args.Monitoring.LatencyMilliseconds) / 1000, period: 60, periods: 5, missing: quiet,
		},
		{
			description: "The api cannot read the token from SSM. It accepts the last one that it read; a new task accepts none.",
			metric:      m.own(apiName, "TokenRefreshFailures"),
			threshold:   0, period: 60, periods: 5, enough: 3, missing: quiet,
		},
	}
}

// storesNothing is set off when the worker has stored nothing for ten minutes in which
// messages waited: its health check does not see that. Ten minutes are more than a
// worker needs that starts from zero tasks, or that loses its only one on Spot. A
// worker that reports nothing stores nothing; without a message nothing is wrong,
// and SQS reports no number of messages for a queue that is idle.
func storesNothing(m measured) alarm {
	return alarm{
		description: "Messages wait, and the worker has stored none for ten minutes.",
		expression:  "IF(visible > 0 AND FILL(stored, 0) == 0, 1, 0)",
		metrics: []*cloudwatch.MetricAlarmMetricQueryArgs{
			watched("visible", visible(m.queue), 60), watched("stored", m.own(workerName, "MessagesStored"), 60),
		},
		threshold: 0, period: 60, periods: 10, missing: quiet,
	}
}

// serviceAlarms are those that no deployment is rolled back for: the circuit breaker
// of ECS sees unhealthy tasks, and the age of a message says nothing of the tasks
// that are new.
func (b *builder) serviceAlarms(m measured) []alarm {
	all := []alarm{
		{
			name:        "worker-oldest-message",
			description: fmt.Sprintf("A message has waited longer than %d s: the worker stores too little.", b.args.Monitoring.OldestMessageSeconds),
			metric:      ofQueue("ApproximateAgeOfOldestMessage", "Maximum", m.queue),
			threshold:   float64(b.args.Monitoring.OldestMessageSeconds), period: 60, periods: 1, missing: quiet,
		},
		{
			name:        "api-unhealthy",
			description: "A task of the api fails the load balancer's health check, and is not replaced.",
			metric:      m.ofTargets("UnHealthyHostCount", "Maximum"),
			threshold:   0, period: 60, periods: 5, missing: quiet,
		},
	}
	api, worker := b.args.API, b.args.Worker
	for _, service := range []struct {
		name   string
		fewest int
		tasks  metric
	}{
		{apiName, fewest(*api.DesiredCount, api.Scaling.MinCount, api.Scaling.MaxCount), m.apiTasks},
		{workerName, fewest(*worker.DesiredCount, *worker.Scaling.MinCount, worker.Scaling.MaxCount), m.workerTasks},
	} {
		// A service that is stopped, or may scale to zero, has no fewest.
		if service.fewest == 0 {
			continue
		}
		all = append(all, alarm{
			name:        service.name + "-tasks",
			description: fmt.Sprintf("Fewer tasks of the %s than %d have run for ten minutes.", service.name, service.fewest),
			metric:      service.tasks,
			below:       true, threshold: float64(service.fewest), period: 60, periods: 10, missing: gone,
		})
	}
	return all
}

// fewest is how many tasks always run. What the autoscaler asks for is in no metric
// that is free.
func fewest(desired, least, most int) int {
	if most > 0 {
		return least
	}
	return desired
}

func (b *builder) alarm(a alarm) (*cloudwatch.MetricAlarm, error) {
	comparison := "GreaterThanThreshold"
	switch {
	case a.below:
		comparison = "LessThanThreshold"
	case a.atLeast:
		comparison = "GreaterThanOrEqualToThreshold"
	}
	notify := pulumi.Array{b.args.Data.AlarmTopicArn}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(b.names.Named(a.name)),
		AlarmDescription:   pulumi.String(a.description + " What to do: docs/operations.md, Alarms."),
		ComparisonOperator: pulumi.String(comparison),
		Threshold:          pulumi.Float64(a.threshold),
		EvaluationPeriods:  pulumi.Int(a.periods),
		TreatMissingData:   pulumi.String(a.missing),
		AlarmActions:       notify,
		OkActions:          notify,
		Tags:               b.Tags,
	}
	if a.enough > 0 {
		args.DatapointsToAlarm = pulumi.Int(a.enough)
	}
	if a.expression != "" {
		queries := cloudwatch.MetricAlarmMetricQueryArray{&cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("alarm"), Expression: pulumi.String(a.expression), Label: pulumi.String(a.name), ReturnData: pulumi.Bool(true),
		}}
		for _, metric := range a.metrics {
			queries = append(queries, metric)
		}
		args.MetricQueries = queries
		return cloudwatch.NewMetricAlarm(b.Ctx, b.names.Named(a.name), args, b.Child()...)
	}
	args.Namespace, args.MetricName, args.Dimensions = pulumi.String(a.metric.namespace), pulumi.String(a.metric.name), a.metric.dimensions
	args.Period = pulumi.Int(a.period)
	if strings.HasPrefix(a.metric.statistic, "p") {
		args.ExtendedStatistic = pulumi.String(a.metric.statistic)
		// Too few requests for a percentile leave the alarm as it is.
		args.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
	} else {
		args.Statistic = pulumi.String(a.metric.statistic)
	}
	return cloudwatch.NewMetricAlarm(b.Ctx, b.names.Named(a.name), args, b.Child()...)
}
