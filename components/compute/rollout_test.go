package compute_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const getService = "aws:ecs/getService:getService"

// running makes ECS answer that a service runs a task definition: the deployed one,
// or another one for the services of rolledBack.
func running(rolledBack ...string) map[string]componentstest.Answer {
	return map[string]componentstest.Answer{getService: func(args resource.PropertyMap) (resource.PropertyMap, error) {
		name := args["serviceName"].StringValue()
		arn := "arn:mock:" + name + ":" + taskType
		for _, other := range rolledBack {
			if name == "ingest-prod-"+other {
				arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/" + name + ":1"
			}
		}
		return resource.PropertyMap{"taskDefinition": resource.NewStringProperty(arn), "desiredCount": resource.NewNumberProperty(1)}, nil
	}}
}

func TestRollout_rolledBack_failsTheUpdate(t *testing.T) {
	for _, service := range []string{"api", "worker"} {
		args := required()
		args.Explain = func(_ context.Context, cluster, name string) (string, error) {
			return "reason of " + name + " in " + cluster, nil
		}
		err := (&componentstest.Graph{Answers: running(service)}).Run(t, program(args))
		require.Error(t, err)
		for _, want := range []string{
			"ECS does not run what was deployed to the service ingest-prod-" + service,
			"deployed: arn:mock:ingest-prod-" + service + ":" + taskType,
			"running:  arn:aws:ecs:eu-west-1:123456789012:task-definition/ingest-prod-" + service + ":1",
			"reason of ingest-prod-" + service + " in arn:mock:ingest-prod-cluster:" + clusterType,
			"aws ecs describe-services --region eu-west-1 --cluster ingest-prod-cluster --services ingest-prod-" + service,
			"pulumi up --refresh",
		} {
			assert.ErrorContains(t, err, want)
		}
	}
}

func TestRollout_withoutExplanation_namesTheCommands(t *testing.T) {
	args := required()
	for name, explain := range map[string]func(context.Context, string, string) (string, error){
		"not given": nil,
		"failed":    func(context.Context, string, string) (string, error) { return "", errors.New("AccessDeniedException") },
	} {
		t.Run(name, func(t *testing.T) {
			args.Explain = explain
			err := (&componentstest.Graph{Answers: running("api")}).Run(t, program(args))
			require.ErrorContains(t, err, "aws ecs describe-services --region eu-west-1 --cluster ingest-prod-cluster --services ingest-prod-api")
			if explain != nil {
				require.ErrorContains(t, err, "AccessDeniedException")
			}
		})
	}
}

func TestRollout_lookupFails_failsTheUpdate(t *testing.T) {
	graph := &componentstest.Graph{Answers: map[string]componentstest.Answer{getService: func(resource.PropertyMap) (resource.PropertyMap, error) {
		return nil, errors.New("ThrottlingException")
	}}}
	require.ErrorContains(t, graph.Run(t, program(required())), "ThrottlingException")
}

// counting makes ECS answer that each service runs what was deployed to it, with a
// number of tasks.
func counting(tasks float64) *componentstest.Graph {
	answer := running()[getService]
	return &componentstest.Graph{Answers: map[string]componentstest.Answer{getService: func(args resource.PropertyMap) (resource.PropertyMap, error) {
		found, err := answer(args)
		found["desiredCount"] = resource.NewNumberProperty(tasks)
		return found, err
	}}}
}

func TestRollout_anotherNumberOfTasks_failsTheUpdate(t *testing.T) {
	for service, change := range map[string]func(*compute.Args){
		// The other service scales: its number is the autoscaler's.
		"api":    func(args *compute.Args) { args.Worker.Scaling.MaxCount = 4 },
		"worker": func(args *compute.Args) { args.API.Scaling.MaxCount = 4 },
	} {
		args := required()
		change(&args)
		err := counting(0).Run(t, program(args))
		require.ErrorContains(t, err, "the service ingest-prod-"+service+" has the desired count 0 in ECS, and the program sets 1")
		require.ErrorContains(t, err, "pulumi up --refresh --stack prod")
		require.NoError(t, counting(0).Preview(t, program(args)))
	}
}

func TestRollout_anotherNumberOfTasks_ofTheAutoscaler_isTaken(t *testing.T) {
	args := required()
	args.API.Scaling.MaxCount, args.Worker.Scaling.MaxCount = 4, 4
	require.NoError(t, counting(0).Run(t, program(args)))
	require.NoError(t, counting(3).Run(t, program(args)))
}

func TestRollout_noTasks_asTheProgramSets_isTaken(t *testing.T) {
	args := required()
	none := 0
	args.API.DesiredCount, args.Worker.DesiredCount = &none, &none
	require.NoError(t, counting(0).Run(t, program(args)))
}

func TestRollout_preview_asksNothing(t *testing.T) {
	graph := &componentstest.Graph{Answers: running("api", "worker")}
	require.NoError(t, graph.Preview(t, program(required())))
	assert.Empty(t, graph.Calls(getService))
}

// No output may name an image or a task definition that ECS does not run: a later
// update without an image deploys what the outputs name.
func TestRollout_rolledBack_hasNoOutputs(t *testing.T) {
	resolved := make(chan string, 4)
	err := (&componentstest.Graph{Answers: running("worker")}).Run(t, func(ctx *pulumi.Context) error {
		args := required()
		made, err := compute.New(ctx, "compute", &args)
		if err != nil {
			return err
		}
		outputs := component.Outputs(made)
		for _, name := range []string{"workerImage", "workerTaskDefinitionArn"} {
			outputs[name].(pulumi.StringOutput).ApplyT(func(string) int { resolved <- name; return 0 })
		}
		return nil
	})
	require.Error(t, err)
	assert.Empty(t, resolved)
}

func TestRollout_hundredOfEach_isNeverWrong(t *testing.T) {
	kinds := [][]string{{"api"}, {"worker"}, {"api", "worker"}}
	failed, succeeded := 0, 0
	for i := range 100 {
		args := required()
		args.API.ImageTag, args.Worker.ImageTag = fmt.Sprintf("sha-%07d", i), fmt.Sprintf("sha-%07d", 2*i)
		if (&componentstest.Graph{Answers: running(kinds[i%len(kinds)]...)}).Run(t, program(args)) != nil {
			failed++
		}
		if (&componentstest.Graph{Answers: running()}).Run(t, program(args)) == nil {
			succeeded++
		}
	}
	assert.Equal(t, 100, failed, "rollbacks that failed the update")
	assert.Equal(t, 100, succeeded, "good updates that succeeded")
}
