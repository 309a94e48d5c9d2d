package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/components/internal/testing/mocktest"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The roles know the other layers by the names that these give. What follows
// reads both sides.

// computeGraph is what compute makes of the data layer that dataGraph makes.
func computeGraph(t *testing.T) *mocktest.Graph {
	t.Helper()
	arn := func(of string) resource.PropertyMap {
		return resource.PropertyMap{"arn": resource.NewStringProperty(of)}
	}
	graph := &mocktest.Graph{Outputs: map[string]resource.PropertyMap{
		"aws:ecr/repository:Repository":    arn(apiImages),
		"aws:cloudwatch/logGroup:LogGroup": arn(in("logs", "log-group:/ingest-prod/api")),
	}}
	require.NoError(t, graph.Run(t, func(ctx *pulumi.Context) error {
		_, err := compute.New(ctx, "compute", &compute.Args{
			Project: "ingest", Environment: "prod", PermissionsBoundaryArn: boundaryARN,
			API: compute.Image{Tag: "sha-abc1234"}, Worker: compute.Image{Tag: "sha-abc1234"},
			Data: compute.Data{
				QueueURL: pulumi.String("https://sqs"), QueueArn: pulumi.String(emailsQueue),
				BucketName: pulumi.String("payload"), BucketArn: pulumi.String(payloadBucket),
				TokenParameterName: pulumi.String("/ingest/prod/token"), TokenParameterArn: pulumi.String(tokenParameter),
			},
		})
		return err
	}))
	return graph
}

func dataGraph(t *testing.T) *mocktest.Graph {
	t.Helper()
	graph, err := mocktest.Run(t, func(ctx *pulumi.Context) error {
		_, err := dataconfig.New(ctx, "data", &dataconfig.Args{Project: "ingest", Environment: "prod"})
		return err
	})
	require.NoError(t, err)
	return graph
}

// Names that the tests of the roles are written with are those of data-config.
func TestDataConfigNamesThingsAsTheRolesKnowThem(t *testing.T) {
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

func TestCdMayMakeWhatComputeMakes(t *testing.T) {
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
	// Pulumi's own suffix on the logical name.
	const suffix = "-1a2b3c4/50dc6c495c0c9188"
	assertAllowed(
		t, cd,
		calls(in("elasticloadbalancing", "loadbalancer/app/"+graph.One(t, "aws:lb/loadBalancer:LoadBalancer", "ingest-prod-alb").Name+suffix),
			"elasticloadbalancing:CreateLoadBalancer"),
		calls(in("elasticloadbalancing", "targetgroup/"+graph.One(t, "aws:lb/targetGroup:TargetGroup", "ingest-prod-api").Name+suffix),
			"elasticloadbalancing:CreateTargetGroup"),
	)
	for _, name := range []string{"ingest-prod-alb", "ingest-prod-api", "ingest-prod-worker"} {
		tags := map[string]string{}
		for key, value := range graph.One(t, "aws:ec2/securityGroup:SecurityGroup", name).Plain("tags").(map[string]any) {
			tags["aws:RequestTag/"+key] = value.(string)
		}
		assertAllowed(t, cd, with(tags, in("ec2", "security-group/*"), "ec2:CreateSecurityGroup"))
	}
}

func TestTasksKeepAllTheirRightsWithinTheBoundary(t *testing.T) {
	graph, frame := computeGraph(t), build(t, required())
	cd, boundary := identity(t, frame, "cd"), parse(t, frame.One(t, policyType, "ingest-boundary"), "policy")
	log := in("logs", "log-group:/ingest-prod/api:log-stream:api/1")
	for name, needs := range map[string][][]policyeval.Call{
		"ingest-prod-api-task": {
			calls(tokenParameter, "ssm:GetParameter"), calls(emailsQueue, "sqs:SendMessage"),
		},
		"ingest-prod-worker-task": {
			calls(emailsQueue, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
			calls(onePayload, "s3:PutObject"),
		},
		"ingest-prod-ecs-execution": {
			calls("*", "ecr:GetAuthorizationToken"),
			calls(apiImages, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
			calls(log, "logs:CreateLogStream", "logs:PutLogEvents"),
		},
	} {
		made := graph.One(t, roleType, name)
		bounded := map[string]string{"iam:PermissionsBoundary": made.Plain("permissionsBoundary").(string)}
		assertAllowed(t, cd, with(bounded, iamARN("role/"+made.Plain("name").(string)), "iam:CreateRole", "iam:PutRolePolicy"))

		task := policyeval.Identity{Policies: []policyeval.Policy{parse(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", name), "policy")}}
		assertAllowed(t, task, needs...)
		task.Boundary = &boundary
		assertAllowed(t, task, needs...)
	}
}
