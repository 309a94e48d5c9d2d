package compute_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// containers are the containers of a service's task, as ECS gets them.
func containers(t *testing.T, graph *componentstest.Graph, service string) []map[string]any {
	t.Helper()
	var all []map[string]any
	text := graph.One(t, taskType, "ingest-prod-"+service).Plain("containerDefinitions").(string)
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	return all
}

// environment is what a service's container is given.
func environment(t *testing.T, graph *componentstest.Graph, service string) map[string]string {
	t.Helper()
	settings := map[string]string{}
	for _, variable := range containers(t, graph, service)[0]["environment"].([]any) {
		pair := variable.(map[string]any)
		settings[pair["name"].(string)] = pair["value"].(string)
	}
	return settings
}

func TestTaskDefinition_sizeAndRoles(t *testing.T) {
	graph := build(t, required())
	for _, service := range []string{"api", "worker"} {
		task := graph.One(t, taskType, "ingest-prod-"+service)
		for setting, want := range map[string]any{
			"family": "ingest-prod-" + service, "cpu": "256", "memory": "512",
			"networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"}, // outside FSBP: ECS.17
			"skipDestroy":      true,
			"runtimePlatform":  map[string]any{"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
			"executionRoleArn": "arn:aws:iam::123456789012:role/execution",
			"taskRoleArn":      "arn:aws:iam::123456789012:role/" + service,
			"pidMode":          nil, // FSBP ECS.3
		} {
			assert.Equal(t, want, task.Plain(setting), "%s %s", service, setting)
		}
	}
	args := required()
	args.CPUArchitecture = "arm64"
	assert.Equal(t, map[string]any{"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
		build(t, args).One(t, taskType, "ingest-prod-worker").Plain("runtimePlatform"))
}

func TestContainers_lockedDownWithHealthCheck(t *testing.T) {
	graph := build(t, required())
	for service, ports := range map[string]any{
		"api":    []any{map[string]any{"containerPort": 8000.0, "hostPort": 8000.0, "protocol": "tcp"}},
		"worker": nil,
	} {
		all := containers(t, graph, service)
		require.Len(t, all, 1)
		for setting, want := range map[string]any{
			"name": service, "essential": true, "portMappings": ports,
			"image":                  componentstest.Account + ".dkr.ecr.eu-west-1.amazonaws.com/ingest-prod-" + service + "@" + componentstest.Digest,
			"readonlyRootFilesystem": true,          // FSBP ECS.5
			"user":                   "65532:65532", // FSBP ECS.20
			"privileged":             nil,           // FSBP ECS.4
			"secrets":                nil,
			"linuxParameters":        map[string]any{"capabilities": map[string]any{"drop": []any{"ALL"}}},
			"stopTimeout":            30.0,
			"healthCheck": map[string]any{
				"command": []any{"CMD", "/ingest", "healthcheck"}, "interval": 30.0, "timeout": 5.0, "retries": 3.0, "startPeriod": 20.0,
			},
			"logConfiguration": map[string]any{"logDriver": "awslogs", "options": map[string]any{ // FSBP ECS.9
				"awslogs-group": "/ingest-prod/" + service, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": service,
				"mode": "non-blocking", "max-buffer-size": "4m",
			}},
		} {
			assert.Equal(t, want, all[0][setting], "%s %s", service, setting)
		}
	}
}

func TestEnvironment_defaults(t *testing.T) {
	graph := build(t, required())
	assert.Equal(t, map[string]string{ // FSBP ECS.8: the token is read from SSM, and no key is given
		"AWS_REGION": "eu-west-1", "AWS_MAX_RETRIES": "5", "LOG_LEVEL": "INFO", "PORT": "8000", "MAX_BODY_BYTES": "1048576",
		"SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/emails", "SSM_TOKEN_PARAM": "/ingest/prod/token",
	}, environment(t, graph, "api"))
	assert.Equal(t, map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_MAX_RETRIES": "5", "LOG_LEVEL": "INFO", "HEALTH_PORT": "8081",
		"SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/emails", "S3_BUCKET": "payload",
		"APP_ENV": "prod", "PAYLOAD_VERSION": "v1", "POLL_WAIT_SECONDS": "20", "MAX_MESSAGES": "10",
		"VISIBILITY_TIMEOUT": "60", "SLEEP_ON_EMPTY_SECONDS": "0",
	}, environment(t, graph, "worker"))
}

func TestEnvironment_everySettingIsSet(t *testing.T) {
	zero := 0
	args := required()
	args.LogLevel, args.AWSMaxRetries, args.Worker.PayloadVersion = "DEBUG", 7, "v2"
	args.Worker.PollWaitSeconds, args.Worker.SleepOnEmptySeconds = &zero, 2
	args.Worker.VisibilityTimeout, args.Worker.MaxMessages = 90, 3
	args.API.MaxBodyBytes = 4096
	graph := build(t, args)
	assert.Equal(t, "4096", environment(t, graph, "api")["MAX_BODY_BYTES"])
	for _, service := range []string{"api", "worker"} {
		assert.Equal(t, "DEBUG", environment(t, graph, service)["LOG_LEVEL"])
		assert.Equal(t, "7", environment(t, graph, service)["AWS_MAX_RETRIES"])
	}
	worker := environment(t, graph, "worker")
	for name, want := range map[string]string{
		"PAYLOAD_VERSION": "v2", "POLL_WAIT_SECONDS": "0", "SLEEP_ON_EMPTY_SECONDS": "2", "VISIBILITY_TIMEOUT": "90", "MAX_MESSAGES": "3",
	} {
		assert.Equal(t, want, worker[name], name)
	}
}

// The services and this component share no code; what they have to agree on is
// read from both.
func TestEnvironment_servicesKnowEachVariable(t *testing.T) {
	tag := regexp.MustCompile(`env:"([A-Z0-9_]+)(,required)?"`)
	graph := build(t, required())
	shared, err := os.ReadFile("../../services/internal/service/settings.go")
	require.NoError(t, err)
	for service, settings := range map[string]string{
		"api":    "../../services/api/app/settings.go",
		"worker": "../../services/worker/app/settings.go",
	} {
		source, err := os.ReadFile(settings)
		require.NoError(t, err)
		source = append(source, shared...)
		known, given := map[string]bool{}, environment(t, graph, service)
		for _, match := range tag.FindAllStringSubmatch(string(source), -1) {
			known[match[1]] = true
			if match[2] != "" {
				assert.Contains(t, given, match[1], "%s cannot start without it", service)
			}
		}
		require.NotEmpty(t, known)
		for name := range given {
			assert.True(t, known[name], "%s does not know %s", service, name)
		}
	}
}

func TestServices_rolloutSettings(t *testing.T) {
	graph := build(t, required())
	for _, service := range []string{"api", "worker"} {
		made := graph.One(t, serviceType, "ingest-prod-"+service)
		for setting, want := range map[string]any{
			"name": "ingest-prod-" + service, "cluster": "arn:mock:ingest-prod-cluster:" + clusterType,
			"taskDefinition": "arn:mock:ingest-prod-" + service + ":" + taskType,
			"launchType":     "FARGATE", "platformVersion": "LATEST", // FSBP ECS.10
			"desiredCount":                    1.0,
			"deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0,
			"deploymentCircuitBreaker": map[string]any{"enable": true, "rollback": true},
			"waitForSteadyState":       true, "enableEcsManagedTags": true, "propagateTags": "SERVICE",
			"networkConfiguration": map[string]any{
				"assignPublicIp": true, "subnets": []any{"subnet-a", "subnet-b"},
				"securityGroups": []any{"ingest-prod-" + service + "-id"},
			},
		} {
			assert.Equal(t, want, made.Plain(setting), "%s %s", service, setting)
		}
	}
	api, worker := graph.One(t, serviceType, "ingest-prod-api"), graph.One(t, serviceType, "ingest-prod-worker")
	assert.InDelta(t, 60.0, api.Plain("healthCheckGracePeriodSeconds"), 0)
	assert.Equal(t, []any{map[string]any{
		"containerName": "api", "containerPort": 8000.0, "targetGroupArn": targetsARN,
	}}, api.Plain("loadBalancers"))
	assert.True(t, api.WaitsFor(graph.One(t, listenerType, "ingest-prod-http")))
	assert.Nil(t, worker.Plain("loadBalancers"))
	assert.Nil(t, worker.Plain("healthCheckGracePeriodSeconds"), "ECS takes it with a load balancer only")
}

func TestTaskDefinition_givenSize(t *testing.T) {
	args := required()
	args.API.CPU, args.API.Memory, args.Worker.CPU, args.Worker.Memory = 1024, 8192, 512, 1024
	graph := build(t, args)
	for service, want := range map[string][]string{"api": {"1024", "8192"}, "worker": {"512", "1024"}} {
		task := graph.One(t, taskType, "ingest-prod-"+service)
		assert.Equal(t, want, []string{task.Plain("cpu").(string), task.Plain("memory").(string)})
	}
}

func TestServices_zeroCountAndNoPublicIP(t *testing.T) {
	zero, three, no := 0, 3, false
	args := required()
	args.API.DesiredCount, args.Worker.DesiredCount, args.AssignPublicIP = &three, &zero, &no
	graph := build(t, args)
	assert.InDelta(t, 3.0, graph.One(t, serviceType, "ingest-prod-api").Plain("desiredCount"), 0)
	worker := graph.One(t, serviceType, "ingest-prod-worker")
	assert.InDelta(t, 0.0, worker.Plain("desiredCount"), 0)
	assert.Equal(t, false, worker.Plain("networkConfiguration").(map[string]any)["assignPublicIp"]) // FSBP ECS.2, ECS.16
}

func TestImageTag_changed_replacesOneTaskDefinition(t *testing.T) {
	definitions := func(args compute.Args) (api, worker string) {
		graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{getImage: digestOfTag}}
		require.NoError(t, graph.Run(t, program(args)))
		return graph.One(t, taskType, "ingest-prod-api").Plain("containerDefinitions").(string),
			graph.One(t, taskType, "ingest-prod-worker").Plain("containerDefinitions").(string)
	}
	args := required()
	apiBefore, workerBefore := definitions(args)
	apiAgain, workerAgain := definitions(args)
	assert.Equal(t, apiBefore, apiAgain, "an unchanged program changes nothing")
	assert.Equal(t, workerBefore, workerAgain)
	args.API.ImageTag = "sha-0000000"
	apiAfter, workerAfter := definitions(args)
	assert.NotEqual(t, apiBefore, apiAfter)
	assert.Equal(t, workerBefore, workerAfter)
	assert.NotContains(t, apiAfter, "sha-0000000", "the digest is pinned, not the tag")
}

func TestLogGroups_key_isThatOfTheData(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/1"
	for given, want := range map[string]any{"": nil, key: key} {
		args := required()
		args.Data.KMSKeyArn = pulumi.String(given)
		for _, group := range build(t, args).Of(logsType) {
			assert.Equal(t, want, group.Plain("kmsKeyId"), group.Name)
			assert.Equal(t, want != nil, group.Inputs.HasValue("kmsKeyId"))
		}
	}
}
