package compute_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const dashboardType = "aws:cloudwatch/dashboard:Dashboard"

// monitored builds with monitoring, and more.
func monitored(t *testing.T, changes ...func(*compute.Args)) *componentstest.Graph {
	t.Helper()
	return scale(t, func(args *compute.Args) {
		args.Monitoring.Enabled = true
		for _, change := range changes {
			change(args)
		}
	})
}

// alarmNames are the names of all alarms, without the environment's prefix.
func alarmNames(graph *componentstest.Graph) []string {
	var names []string
	for _, alarm := range graph.Of(metricType) {
		names = append(names, alarm.Plain("name").(string)[len("ingest-prod-"):])
	}
	slices.Sort(names)
	return names
}

func TestMonitoring_atDefaults_isOff(t *testing.T) {
	graph := build(t, required())
	assert.Empty(t, graph.Of(metricType))
	assert.Empty(t, graph.Of(dashboardType))
	for _, service := range []string{"api", "worker"} {
		assert.NotContains(t, environment(t, graph, service), "METRICS_NAMESPACE")
		alarms := graph.One(t, serviceType, "ingest-prod-"+service).Plain("alarms").(map[string]any)
		assert.Equal(t, []any{false, false}, []any{alarms["enable"], alarms["rollback"]})
	}
}

func TestMonitoring_on_addsAlarmsDashboardAndNamespace(t *testing.T) {
	before, graph := build(t, required()).Types(), monitored(t)
	after := graph.Types()
	assert.Equal(t, 9, after[metricType])
	assert.Equal(t, 1, after[dashboardType])
	delete(after, metricType)
	delete(after, dashboardType)
	assert.Equal(t, before, after)
	graph.AssertNames(t)
	for _, service := range []string{"api", "worker"} {
		assert.Equal(t, "ingest/prod", environment(t, graph, service)["METRICS_NAMESPACE"])
	}
	for _, alarm := range graph.Of(metricType) {
		assert.Equal(t, []any{topic}, alarm.Plain("alarmActions"), alarm.Name)
		assert.Equal(t, []any{topic}, alarm.Plain("okActions"), alarm.Name)
		assert.Equal(t, "Pulumi", alarm.Plain("tags").(map[string]any)["ManagedBy"], alarm.Name)
	}
}

// ingestctl prices what monitoring adds: an alarm costs as much as it reads metrics.
func TestMonitoring_alarms_areThoseThatCostCounts(t *testing.T) {
	read := 0
	for _, alarm := range monitored(t).Of(metricType) {
		queries, _ := alarm.Plain("metricQueries").([]any)
		read += max(1, len(queries)-1)
	}
	counted, err := os.ReadFile("../../services/ingestctl/internal/cost/configuration.go")
	require.NoError(t, err)
	assert.Contains(t, string(counted), fmt.Sprintf("monitoringAlarms = %d\n", read))
}

func TestMonitoring_withoutTopicAndDLQ_isRefused(t *testing.T) {
	args := required()
	args.Data.AlarmTopicArn, args.Data.DLQURL = nil, nil
	build(t, args)
	args.Monitoring.Enabled = true
	graph := &componentstest.Graph{}
	err := graph.Run(t, program(args))
	require.ErrorContains(t, err, "Data.AlarmTopicArn is not set; allowed is an output of DataConfig")
	require.ErrorContains(t, err, "Data.DLQURL is not set")
	assert.Empty(t, graph.Types())
}

func TestAlarms_compareTheirMetrics(t *testing.T) {
	graph := monitored(t)
	balancer := map[string]any{"LoadBalancer": "app/ingest-prod-alb/1"}
	targets := map[string]any{"LoadBalancer": "app/ingest-prod-alb/1", "TargetGroup": "targetgroup/ingest-prod-api/2"}
	queue := map[string]any{"QueueName": "emails"}
	service := func(name string) map[string]any {
		return map[string]any{"ClusterName": "ingest-prod-cluster", "ServiceName": "ingest-prod-" + name}
	}
	for name, want := range map[string]struct {
		metric, statistic, comparison string
		dimensions                    map[string]any
		threshold, period, periods    float64
	}{
		"api-balancer-5xx":      {"AWS/ApplicationELB HTTPCode_ELB_5XX_Count", "Sum", "GreaterThanOrEqualToThreshold", balancer, 5, 300, 1},
		"api-latency":           {"AWS/ApplicationELB TargetResponseTime", "p99", "GreaterThanThreshold", targets, 1, 60, 5},
		"api-unhealthy":         {"AWS/ApplicationELB UnHealthyHostCount", "Maximum", "GreaterThanThreshold", targets, 0, 60, 5},
		"api-token":             {"ingest/prod TokenRefreshFailures", "Sum", "GreaterThanThreshold", map[string]any{"Service": "api"}, 0, 60, 5},
		"worker-oldest-message": {"AWS/SQS ApproximateAgeOfOldestMessage", "Maximum", "GreaterThanThreshold", queue, 900, 60, 1},
		"api-tasks":             {"AWS/ECS CPUUtilization", "SampleCount", "LessThanThreshold", service("api"), 1, 60, 10},
		"worker-tasks":          {"AWS/ECS CPUUtilization", "SampleCount", "LessThanThreshold", service("worker"), 1, 60, 10},
	} {
		alarm := graph.One(t, metricType, "ingest-prod-"+name)
		statistic := alarm.Plain("statistic")
		if want.statistic == "p99" {
			statistic = alarm.Plain("extendedStatistic")
			assert.Equal(t, "ignore", alarm.Plain("evaluateLowSampleCountPercentiles"), "few requests have no percentile")
		}
		assert.Equal(t, want.metric, alarm.Plain("namespace").(string)+" "+alarm.Plain("metricName").(string), name)
		assert.Equal(t, []any{want.statistic, want.comparison, want.dimensions, want.threshold, want.period, want.periods}, []any{
			statistic, alarm.Plain("comparisonOperator"), alarm.Plain("dimensions"), alarm.Plain("threshold"), alarm.Plain("period"), alarm.Plain("evaluationPeriods"),
		}, name)
	}
	assert.InDelta(t, 3, graph.One(t, metricType, "ingest-prod-api-token").Plain("datapointsToAlarm"), 0)
}

// queries are the expression of an alarm, and what it reads.
func queries(t *testing.T, graph *componentstest.Graph, name string) (expression string, reads map[string]any) {
	t.Helper()
	reads = map[string]any{}
	for i, query := range graph.One(t, metricType, "ingest-prod-"+name).Plain("metricQueries").([]any) {
		query := query.(map[string]any)
		assert.Equal(t, i == 0, query["returnData"] == true, "one value is compared")
		if i == 0 {
			expression = query["expression"].(string)
			continue
		}
		metric := query["metric"].(map[string]any)
		reads[query["id"].(string)] = []any{metric["namespace"], metric["metricName"], metric["stat"], metric["period"], metric["dimensions"]}
	}
	return expression, reads
}

func TestAlarms_workerStoresNothing_whileMessagesWait(t *testing.T) {
	graph := monitored(t)
	expression, reads := queries(t, graph, "worker-stores-nothing")
	assert.Equal(t, "IF(visible > 0 AND FILL(stored, 0) == 0, 1, 0)", expression)
	assert.Equal(t, map[string]any{
		"visible": []any{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "Average", 60.0, map[string]any{"QueueName": "emails"}},
		"stored":  []any{"ingest/prod", "MessagesStored", "Sum", 60.0, map[string]any{"Service": "worker"}},
	}, reads)
	alarm := graph.One(t, metricType, "ingest-prod-worker-stores-nothing")
	assert.Equal(t, []any{"GreaterThanThreshold", 0.0, 10.0, nil}, []any{
		alarm.Plain("comparisonOperator"), alarm.Plain("threshold"), alarm.Plain("evaluationPeriods"), alarm.Plain("datapointsToAlarm"),
	}, "ten minutes, each of them")
}

func TestAlarms_failedRequests_areAShareOfAll(t *testing.T) {
	expression, reads := queries(t, monitored(t), "api-5xx")
	assert.Equal(t, "IF(errors >= 5, 100 * errors / requests, 0)", expression, "one failed request of a quiet night is nothing")
	assert.Equal(t, map[string]any{
		"errors": []any{
			"AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", 300.0, map[string]any{"LoadBalancer": "app/ingest-prod-alb/1", "TargetGroup": "targetgroup/ingest-prod-api/2"},
		},
		"requests": []any{"AWS/ApplicationELB", "RequestCount", "Sum", 300.0, map[string]any{"LoadBalancer": "app/ingest-prod-alb/1"}},
	}, reads)
}

// A minute without a value is a quiet one, except where tasks report each minute.
func TestAlarms_quietSystem_setsOffNone(t *testing.T) {
	graph := monitored(t)
	for _, alarm := range graph.Of(metricType) {
		want := "notBreaching"
		if name := alarm.Name; name == "ingest-prod-api-tasks" || name == "ingest-prod-worker-tasks" {
			want = "breaching"
		}
		assert.Equal(t, want, alarm.Plain("treatMissingData"), alarm.Name)
	}
	stopped := monitored(t, func(args *compute.Args) {
		none := 0
		args.API.DesiredCount = &none
		args.Worker.Scaling = compute.WorkerScaling{MaxCount: 3, MinCount: &none}
	})
	assert.NotContains(t, alarmNames(stopped), "api-tasks", "the service is stopped")
	assert.NotContains(t, alarmNames(stopped), "worker-tasks", "the worker may scale to zero")
}

func TestAlarms_scaled_watchTheFewestTasks(t *testing.T) {
	graph := monitored(t, func(args *compute.Args) {
		two, seven := 2, 7
		args.API.DesiredCount, args.API.Scaling = &seven, compute.APIScaling{MaxCount: 9, MinCount: 3}
		args.Worker.DesiredCount = &two
	})
	assert.InDelta(t, 3, graph.One(t, metricType, "ingest-prod-api-tasks").Plain("threshold"), 0)
	assert.InDelta(t, 2, graph.One(t, metricType, "ingest-prod-worker-tasks").Plain("threshold"), 0)
}

func TestAlarms_settings_areTheThresholds(t *testing.T) {
	graph := monitored(t, func(args *compute.Args) {
		args.Monitoring.LatencyMilliseconds, args.Monitoring.OldestMessageSeconds = 250, 60
	})
	assert.InDelta(t, 0.25, graph.One(t, metricType, "ingest-prod-api-latency").Plain("threshold"), 0)
	assert.InDelta(t, 60, graph.One(t, metricType, "ingest-prod-worker-oldest-message").Plain("threshold"), 0)
	args := required()
	args.Monitoring.LatencyMilliseconds = -1
	require.ErrorContains(t, args.Validate(), "Monitoring.LatencyMilliseconds is -1; allowed is 10 to 60000")
}

func TestRollbackAlarms_areThereBeforeTheService(t *testing.T) {
	graph := monitored(t, func(args *compute.Args) { args.Worker.SpotPercent = 50 })
	for service, names := range map[string][]string{
		"api": {"api-balancer-5xx", "api-5xx", "api-latency", "api-token"}, "worker": {"worker-stores-nothing"},
	} {
		deployed := graph.One(t, serviceType, "ingest-prod-"+service)
		var want []any
		for _, name := range names {
			want = append(want, "ingest-prod-"+name)
			assert.True(t, deployed.WaitsFor(graph.One(t, metricType, "ingest-prod-"+name)), name)
		}
		assert.Equal(t, map[string]any{"alarmNames": want, "enable": true, "rollback": true}, deployed.Plain("alarms"))
		assert.Equal(t, map[string]any{"enable": true, "rollback": true}, deployed.Plain("deploymentCircuitBreaker"))
	}
}
