package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The roles know the other layers by the names that these give. What follows
// reads both sides.

// computeGraph is what compute makes on the data layer that dataGraph makes.
func computeGraph(t *testing.T) *componentstest.Graph {
	t.Helper()
	graph := &componentstest.Graph{}
	require.NoError(t, graph.Run(t, func(ctx *pulumi.Context) error {
		_, err := compute.New(ctx, "compute", &compute.Args{
			Environment: "prod",
			API:         compute.APIArgs{ImageTag: "sha-abc1234"}, Worker: compute.WorkerArgs{ImageTag: "sha-abc1234"},
			Monitoring: compute.MonitoringArgs{Enabled: true},
			Balancer:   compute.BalancerArgs{AccessLogDays: 30},
			Data: compute.Data{
				QueueURL: pulumi.String("https://sqs/queue"), BucketName: pulumi.String("payload"), TokenParameterName: pulumi.String("/ingest/prod/token"),
				ExecutionRoleArn: pulumi.String(executionRole), APITaskRoleArn: pulumi.String(taskRole), WorkerTaskRoleArn: pulumi.String(workerTaskRole),
				DLQURL: pulumi.String("https://sqs/dlq"), AlarmTopicArn: pulumi.String("arn:aws:sns:eu-west-1:123456789012:ingest-prod-alarms"),
			},
		})
		return err
	}))
	return graph
}

func dataGraph(t *testing.T) *componentstest.Graph {
	t.Helper()
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := dataconfig.New(ctx, "data", &dataconfig.Args{Environment: "prod", CustomerManagedKey: true})
		return err
	})
	require.NoError(t, err)
	return graph
}

// Names that the tests of the roles are written with are those of data-config.
func TestRoles_knowTheNamesOfDataConfig(t *testing.T) {
	graph := dataGraph(t)
	named := func(typeToken, name, key string) string { return graph.One(t, typeToken, name).Plain(key).(string) }
	assert.Equal(t, payloadBucket, "arn:aws:s3:::"+named("aws:s3/bucketV2:BucketV2", "ingest-prod-payload", "bucket"))
	assert.Equal(t, emailsQueue, in("sqs", named("aws:sqs/queue:Queue", "ingest-prod-emails-queue", "name")))
	assert.Equal(t, emailsDlq, in("sqs", named("aws:sqs/queue:Queue", "ingest-prod-emails-dlq", "name")))
	assert.Equal(t, tokenParameter, in("ssm", "parameter"+named("aws:ssm/parameter:Parameter", "ingest-prod-token", "name")))

	drift := identity(t, build(t, required()), "drift")
	assertAllowed(
		t, drift,
		calls(in("sns", named("aws:sns/topic:Topic", "ingest-prod-alarms", "name")), "sns:GetTopicAttributes"),
		calls(in("cloudwatch", "alarm:"+named("aws:cloudwatch/metricAlarm:MetricAlarm", "ingest-prod-emails-dlq", "name")), "cloudwatch:DescribeAlarms"),
	)
}

func TestCd_allowsWhatComputeMakes(t *testing.T) {
	graph, cd := computeGraph(t), identity(t, build(t, required()), "cd")
	named := func(typeToken, name, key string) string { return graph.One(t, typeToken, name).Plain(key).(string) }

	cluster := named("aws:ecs/cluster:Cluster", "ingest-prod-cluster", "name")
	assertAllowed(t, cd, calls(in("ecs", "cluster/"+cluster), "ecs:CreateCluster"))
	for _, service := range []string{"ingest-prod-api", "ingest-prod-worker"} {
		assertAllowed(
			t, cd,
			calls(in("ecs", "service/"+cluster+"/"+named("aws:ecs/service:Service", service, "name")), "ecs:CreateService"),
			calls(in("ecs", "task-definition/"+named("aws:ecs/taskDefinition:TaskDefinition", service, "family")+":1"), "ecs:RegisterTaskDefinition"),
			calls(in("ecr", "repository/"+named("aws:ecr/repository:Repository", service, "name")), "ecr:CreateRepository"),
			calls(in("logs", "log-group:"+named("aws:cloudwatch/logGroup:LogGroup", service, "name")), "logs:CreateLogGroup"),
		)
	}
	alarms := graph.Of("aws:cloudwatch/metricAlarm:MetricAlarm")
	assert.NotEmpty(t, alarms)
	for _, alarm := range alarms {
		assertAllowed(t, cd, calls(in("cloudwatch", "alarm:"+alarm.Plain("name").(string)), "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:TagResource"))
	}
	overview := named("aws:cloudwatch/dashboard:Dashboard", "ingest-prod-overview", "dashboardName")
	assertAllowed(t, cd, calls(dashboard(overview), "cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"))
	// Pulumi's own suffix on the logical name.
	const suffix = "-1a2b3c4/50dc6c495c0c9188"
	assertAllowed(
		t, cd,
		calls(in("elasticloadbalancing", "loadbalancer/app/"+graph.One(t, "aws:lb/loadBalancer:LoadBalancer", "ingest-prod-alb").Name+suffix),
			"elasticloadbalancing:CreateLoadBalancer"),
		calls(in("elasticloadbalancing", "targetgroup/"+graph.One(t, "aws:lb/targetGroup:TargetGroup", "ingest-prod-api").Name+suffix),
			"elasticloadbalancing:CreateTargetGroup"),
	)
	for _, name := range []string{"ingest-prod-alb", "ingest-prod-alb-to-api", "ingest-prod-api", "ingest-prod-worker"} {
		tags := map[string]string{}
		for key, value := range graph.One(t, "aws:ec2/securityGroup:SecurityGroup", name).Plain("tags").(map[string]any) {
			tags["aws:RequestTag/"+key] = value.(string)
		}
		assertAllowed(t, cd, with(tags, in("ec2", "security-group/*"), "ec2:CreateSecurityGroup"))
	}
}

func TestCd_passesTheRolesOfDataConfig(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	toTasks := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	roles := dataGraph(t).Of(roleType)
	require.Len(t, roles, 3)
	for _, role := range roles {
		assertAllowed(t, cd, with(toTasks, iamARN("role/"+role.Plain("name").(string)), "iam:PassRole"))
	}
}

// The policies of the roles are written in data-config for what compute makes.
func TestExecutionRole_allowsWhatComputeStarts(t *testing.T) {
	data, compute := dataGraph(t), computeGraph(t)
	execution := policyeval.Identity{Policies: []policyeval.Policy{
		parse(t, data.One(t, "aws:iam/rolePolicy:RolePolicy", "ingest-prod-ecs-execution"), "policy"),
	}}
	assertAllowed(t, execution, calls("*", "ecr:GetAuthorizationToken"))
	assertRefused(t, execution, calls(in("ecr", "repository/other"), "ecr:BatchGetImage"), calls(in("logs", "log-group:/other/api:log-stream:1"), "logs:PutLogEvents"))
	for _, service := range []string{"ingest-prod-api", "ingest-prod-worker"} {
		repository := compute.One(t, "aws:ecr/repository:Repository", service).Plain("name").(string)
		group := compute.One(t, "aws:cloudwatch/logGroup:LogGroup", service).Plain("name").(string)
		assertAllowed(
			t, execution,
			calls(in("ecr", "repository/"+repository), "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
			calls(in("logs", "log-group:"+group+":log-stream:api/1"), "logs:CreateLogStream", "logs:PutLogEvents"),
		)
	}
}
