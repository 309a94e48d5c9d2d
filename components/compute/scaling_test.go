package compute_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	scalableType  = "aws:appautoscaling/target:Target"
	policyType    = "aws:appautoscaling/policy:Policy"
	metricType    = "aws:cloudwatch/metricAlarm:MetricAlarm"
	providersType = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
)

// scale builds with arguments of scaling.
func scale(t *testing.T, change func(*compute.Args)) *componentstest.Graph {
	t.Helper()
	args := required()
	change(&args)
	graph := build(t, args)
	graph.AssertDescent(t, compute.Type)
	return graph
}

func TestScaling_atDefaults_isOff(t *testing.T) {
	graph := scale(t, func(*compute.Args) {})
	for _, typ := range []string{scalableType, policyType, metricType, providersType} {
		assert.Empty(t, graph.Of(typ), typ)
	}
	for _, service := range graph.Of(serviceType) {
		assert.Empty(t, service.IgnoreChanges)
	}
}

func TestScaling_api_tracksRequestsAndCPU(t *testing.T) {
	graph := scale(t, func(args *compute.Args) { args.API.Scaling.MaxCount = 4 })
	target := graph.One(t, scalableType, "ingest-prod-api")
	assert.Equal(t, []any{"ecs", "ecs:service:DesiredCount", "service/ingest-prod-cluster/ingest-prod-api", 1.0, 4.0}, []any{
		target.Plain("serviceNamespace"), target.Plain("scalableDimension"), target.Plain("resourceId"), target.Plain("minCapacity"), target.Plain("maxCapacity"),
	})
	tracked := func(name string) map[string]any {
		policy := graph.One(t, policyType, name)
		assert.Equal(t, "TargetTrackingScaling", policy.Plain("policyType"))
		return policy.Plain("targetTrackingScalingPolicyConfiguration").(map[string]any)
	}
	assert.Equal(t, map[string]any{
		"targetValue": 3000.0, "scaleOutCooldown": 60.0, "scaleInCooldown": 300.0,
		"predefinedMetricSpecification": map[string]any{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": "app/ingest-prod-alb/1/targetgroup/ingest-prod-api/2"},
	}, tracked("ingest-prod-api-requests"))
	assert.Equal(t, map[string]any{
		"targetValue": 60.0, "scaleOutCooldown": 60.0, "scaleInCooldown": 300.0,
		"predefinedMetricSpecification": map[string]any{"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
	}, tracked("ingest-prod-api-cpu"))
	assert.Equal(t, []string{"desiredCount"}, graph.One(t, serviceType, "ingest-prod-api").IgnoreChanges)
	assert.Empty(t, graph.One(t, serviceType, "ingest-prod-worker").IgnoreChanges)
	assert.Len(t, graph.Of(scalableType), 1)
}

func TestScaling_worker_tracksTheBacklogOfEachTask(t *testing.T) {
	graph := scale(t, func(args *compute.Args) {
		args.Worker.Scaling = compute.WorkerScaling{MaxCount: 5, TargetLatencySeconds: 30, MillisecondsPerMessage: 20}
	})
	assert.InDelta(t, 1, graph.One(t, scalableType, "ingest-prod-worker").Plain("minCapacity"), 0)
	assert.Len(t, graph.Of(policyType), 1)
	assert.Empty(t, graph.Of(metricType), "a task that always runs needs no alarm to start it")
	config := graph.One(t, policyType, "ingest-prod-worker-backlog").Plain("targetTrackingScalingPolicyConfiguration").(map[string]any)
	assert.InDelta(t, 1500, config["targetValue"], 0, "30 s at 20 ms a message")
	stat := func(namespace, name, statistic string, dimensions ...any) map[string]any {
		return map[string]any{"stat": statistic, "metric": map[string]any{"namespace": namespace, "metricName": name, "dimensions": dimensions}}
	}
	dimension := func(name, value string) map[string]any { return map[string]any{"name": name, "value": value} }
	assert.Equal(t, []any{
		map[string]any{
			"id": "visible", "returnData": false,
			"metricStat": stat("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Average", dimension("QueueName", "emails")),
		},
		map[string]any{
			"id": "tasks", "returnData": false,
			"metricStat": stat("AWS/ECS", "CPUUtilization", "SampleCount", dimension("ClusterName", "ingest-prod-cluster"), dimension("ServiceName", "ingest-prod-worker")),
		},
		map[string]any{"id": "backlog", "expression": "visible / tasks", "label": "Messages per task", "returnData": true},
	}, config["customizedMetricSpecification"].(map[string]any)["metrics"])
}

func TestScaling_workerFromZero_isStartedByAnAlarm(t *testing.T) {
	graph := scale(t, func(args *compute.Args) {
		none := 0
		args.Worker.Scaling = compute.WorkerScaling{MaxCount: 5, MinCount: &none}
	})
	assert.InDelta(t, 0, graph.One(t, scalableType, "ingest-prod-worker").Plain("minCapacity"), 0)
	first := graph.One(t, policyType, "ingest-prod-worker-first")
	assert.Equal(t, map[string]any{
		"adjustmentType": "ChangeInCapacity", "cooldown": 300.0,
		"stepAdjustments": []any{map[string]any{"metricIntervalLowerBound": "0", "scalingAdjustment": 1.0}},
	}, first.Plain("stepScalingPolicyConfiguration"))
	alarm := graph.One(t, metricType, "ingest-prod-worker-first")
	assert.Equal(t, []any{"arn:mock:ingest-prod-worker-first:" + policyType}, alarm.Plain("alarmActions"))
	assert.InDelta(t, 1, alarm.Plain("evaluationPeriods"), 0, "one message starts a task within two minutes")
	assert.Equal(t, "GreaterThanThreshold", alarm.Plain("comparisonOperator"))
	assert.InDelta(t, 0, alarm.Plain("threshold"), 0)
	metric := func(id, namespace, name, statistic string, dimensions map[string]any) map[string]any {
		return map[string]any{"id": id, "metric": map[string]any{
			"namespace": namespace, "metricName": name, "stat": statistic, "period": 60.0, "dimensions": dimensions,
		}}
	}
	assert.Equal(t, []any{
		map[string]any{
			"id": "first", "label": "Messages without a task", "returnData": true,
			"expression": "(FILL(visible, 0) + FILL(accepted, 0)) * (FILL(tasks, 0) < 1)",
		},
		metric("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Average", map[string]any{"QueueName": "emails"}),
		metric("accepted", "AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", "Sum", map[string]any{"LoadBalancer": "app/ingest-prod-alb/1"}),
		metric("tasks", "AWS/ECS", "CPUUtilization", "SampleCount", map[string]any{"ClusterName": "ingest-prod-cluster", "ServiceName": "ingest-prod-worker"}),
	}, alarm.Plain("metricQueries"))
}

func TestScaling_fewestAboveMost_isRefused(t *testing.T) {
	three := 3
	args := required()
	args.API.Scaling = compute.APIScaling{MaxCount: 2, MinCount: 3}
	args.Worker.Scaling = compute.WorkerScaling{MaxCount: 2, MinCount: &three}
	err := args.Validate()
	require.ErrorContains(t, err, "API.Scaling.MinCount is 3; allowed is at most API.Scaling.MaxCount, 2")
	require.ErrorContains(t, err, "Worker.Scaling.MinCount is 3; allowed is at most Worker.Scaling.MaxCount, 2")
	args.API.Scaling.MaxCount, args.Worker.Scaling.MaxCount = 0, 0
	require.NoError(t, args.Validate(), "nothing is scaled")
}

func TestSpot_sharesTheWorkersTasks(t *testing.T) {
	for percent, want := range map[int][]any{
		70: {
			map[string]any{"capacityProvider": "FARGATE", "weight": 30.0},
			map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 70.0},
		},
		100: {map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 100.0}},
	} {
		graph := scale(t, func(args *compute.Args) { args.Worker.SpotPercent = percent })
		worker, api := graph.One(t, serviceType, "ingest-prod-worker"), graph.One(t, serviceType, "ingest-prod-api")
		assert.Equal(t, want, worker.Plain("capacityProviderStrategies"))
		assert.Nil(t, worker.Plain("launchType"))
		assert.True(t, worker.WaitsFor(graph.One(t, providersType, "ingest-prod-cluster")))
		assert.Equal(t, "FARGATE", api.Plain("launchType"))
	}
}
