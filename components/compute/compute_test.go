package compute_test

import (
	"errors"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	repositoryType = "aws:ecr/repository:Repository"
	taskType       = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType    = "aws:ecs/service:Service"
	groupType      = "aws:ec2/securityGroup:SecurityGroup"
	albType        = "aws:lb/loadBalancer:LoadBalancer"
	targetsType    = "aws:lb/targetGroup:TargetGroup"
	listenerType   = "aws:lb/listener:Listener"
	logsType       = "aws:cloudwatch/logGroup:LogGroup"
	clusterType    = "aws:ecs/cluster:Cluster"
	accessType     = "aws:ecr/repositoryPolicy:RepositoryPolicy"
	lifecycleType  = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	builtType      = "awsx:ecr:Image"
	getSubnets     = "aws:ec2/getSubnets:getSubnets"
	getImage       = "aws:ecr/getImage:getImage"
)

// topic is what alarms notify; the other ARNs are those of the mocked AWS.
const (
	topic      = "arn:aws:sns:eu-west-1:123456789012:alarms"
	albARN     = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/ingest-prod-alb/1"
	targetsARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/ingest-prod-api/2"
)

// data are the outputs of a data layer.
func data() compute.Data {
	return compute.Data{
		QueueURL:           pulumi.String("https://sqs.eu-west-1.amazonaws.com/123456789012/emails"),
		BucketName:         pulumi.String("payload"),
		TokenParameterName: pulumi.String("/ingest/prod/token"),
		ExecutionRoleArn:   pulumi.String("arn:aws:iam::123456789012:role/execution"),
		APITaskRoleArn:     pulumi.String("arn:aws:iam::123456789012:role/api"),
		WorkerTaskRoleArn:  pulumi.String("arn:aws:iam::123456789012:role/worker"),
		DLQURL:             pulumi.String("https://sqs.eu-west-1.amazonaws.com/123456789012/dlq"),
		AlarmTopicArn:      pulumi.String(topic),
	}
}

// required are the arguments that have no default.
func required() compute.Args {
	return compute.Args{
		Environment: "prod", Data: data(),
		API: compute.APIArgs{ImageTag: "sha-abc1234"}, Worker: compute.WorkerArgs{ImageTag: "sha-def5678"},
	}
}

func program(args compute.Args) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		_, err := compute.New(ctx, "compute", &args)
		return err
	}
}

func build(t *testing.T, args compute.Args) *componentstest.Graph {
	t.Helper()
	graph, err := componentstest.Run(t, program(args))
	require.NoError(t, err)
	return graph
}

func TestNew_resourceGraph(t *testing.T) {
	args := required()
	args.Owner, args.Tags = "data team", map[string]string{"CostCenter": "42"}
	graph := build(t, args)
	assert.Equal(t, map[string]int{
		compute.Type: 1,
		groupType:    4,
		albType:      1, targetsType: 1, listenerType: 1,
		repositoryType: 2, lifecycleType: 2, accessType: 2,
		logsType:    2,
		clusterType: 1, taskType: 2, serviceType: 2,
	}, graph.Types())
	graph.AssertDescent(t, compute.Type)
	graph.AssertTags(t, map[string]string{
		"Project": "ingest", "Environment": "prod", "ManagedBy": "Pulumi", "Owner": "data team", "CostCenter": "42",
	}, groupType, albType, targetsType, listenerType, repositoryType, logsType, clusterType, taskType, serviceType)
}

func TestOutputs_namesAndValues(t *testing.T) {
	const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/"
	assert.Equal(t, map[string]any{
		"url":                     "http://ingest-prod-alb.eu-west-1.elb.amazonaws.com",
		"albDnsName":              "ingest-prod-alb.eu-west-1.elb.amazonaws.com",
		"albArn":                  albARN,
		"albTargetGroupArn":       targetsARN,
		"ecrApiRepositoryUrl":     registry + "ingest-prod-api",
		"ecrWorkerRepositoryUrl":  registry + "ingest-prod-worker",
		"ecsClusterName":          "ingest-prod-cluster",
		"ecsClusterArn":           "arn:mock:ingest-prod-cluster:" + clusterType,
		"apiServiceArn":           "ingest-prod-api-id",
		"workerServiceArn":        "ingest-prod-worker-id",
		"apiTaskDefinitionArn":    "arn:mock:ingest-prod-api:" + taskType,
		"workerTaskDefinitionArn": "arn:mock:ingest-prod-worker:" + taskType,
		"apiTaskRoleArn":          "arn:aws:iam::123456789012:role/api",
		"workerTaskRoleArn":       "arn:aws:iam::123456789012:role/worker",
		"ecsTaskExecutionRoleArn": "arn:aws:iam::123456789012:role/execution",
		"apiLogGroupName":         "/ingest-prod/api",
		"workerLogGroupName":      "/ingest-prod/worker",
		"apiImage":                registry + "ingest-prod-api@" + componentstest.Digest,
		"workerImage":             registry + "ingest-prod-worker@" + componentstest.Digest,
	}, componentstest.Outputs(t, compute.New, required()))
}

func TestNew_firstPreview_looksUpNoImage(t *testing.T) {
	graph := &componentstest.Graph{}
	require.NoError(t, graph.Preview(t, program(required())))
	assert.Empty(t, graph.Calls(getImage), "there is no repository yet")
	assert.Len(t, graph.Of(serviceType), 2)
	assert.Len(t, graph.Of(taskType), 2)
}

func TestDefaultVPC_missing_errorSaysHowToMakeOne(t *testing.T) {
	graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{
		"aws:ec2/getVpcs:getVpcs": func(args resource.PropertyMap) (resource.PropertyMap, error) {
			assert.Equal(t, []any{map[string]any{"name": "is-default", "values": []any{"true"}}}, args["filters"].Mappable())
			return resource.PropertyMap{"ids": resource.NewArrayProperty(nil)}, nil
		},
	}}
	err := graph.Run(t, program(required()))
	require.ErrorContains(t, err, "there is no default VPC in eu-west-1; make one with: aws ec2 create-default-vpc --region eu-west-1")
	assert.Equal(t, map[string]int{compute.Type: 1}, graph.Types(), "nothing is made without it")
}

func TestDefaultVPC_lookupFails_errorIsPassedOn(t *testing.T) {
	graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{
		"aws:ec2/getVpcs:getVpcs": func(resource.PropertyMap) (resource.PropertyMap, error) {
			return nil, errors.New("UnauthorizedOperation")
		},
	}}
	err := graph.Run(t, program(required()))
	require.ErrorContains(t, err, "looking for the default VPC: ")
	assert.ErrorContains(t, err, "UnauthorizedOperation")
}

func TestRegion_given_isNotLookedUp(t *testing.T) {
	args := required()
	args.Region = "us-east-1"
	graph := build(t, args)
	assert.Empty(t, graph.Calls("aws:index/getRegion:getRegion"))
	assert.Equal(t, "us-east-1", environment(t, graph, "api")["AWS_REGION"])
}

func TestNew_twoEnvironments_fitIntoOneProgram(t *testing.T) {
	graph := &componentstest.Graph{}
	require.NoError(t, graph.Run(t, func(ctx *pulumi.Context) error {
		for _, environment := range []string{"prod", "test"} {
			args := required()
			args.Environment = environment
			if _, err := compute.New(ctx, environment, &args); err != nil {
				return err
			}
		}
		return nil
	}))
	graph.AssertNames(t)
}

// Example is a program that uses the component, with the required arguments only: a data
// layer, and what runs on it.
func Example() {
	program := func(ctx *pulumi.Context) error {
		data, err := dataconfig.New(ctx, "data", &dataconfig.Args{Environment: "prod"})
		if err != nil {
			return err
		}
		made, err := compute.New(ctx, "compute", &compute.Args{
			Environment: "prod",
			Data: compute.Data{
				QueueURL: data.EmailsQueueURL, BucketName: data.PayloadBucketName, TokenParameterName: data.TokenParameterName,
				ExecutionRoleArn: data.ECSTaskExecutionRoleArn, APITaskRoleArn: data.APITaskRoleArn, WorkerTaskRoleArn: data.WorkerTaskRoleArn,
			},
			API:    compute.APIArgs{ImageTag: "sha-abc1234"},
			Worker: compute.WorkerArgs{ImageTag: "sha-abc1234"},
		})
		if err != nil {
			return err
		}
		made.Export(ctx)
		return nil
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks("example", "prod", &componentstest.Graph{})); err != nil {
		panic(err)
	}
	// Output:
}
