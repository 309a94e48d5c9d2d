package delivery

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const arns = "arn:aws:ecs:eu-central-1:123456789012:"

// taskDefinition is the ARN of a revision of a service's task definition.
func taskDefinition(service string, revision int) string {
	return fmt.Sprintf("%stask-definition/ingest-prod-%s:%d", arns, service, revision)
}

// deployment is one deployment of a service as ECS describes it.
type deployment struct {
	Status             string `json:"status"`
	TaskDefinition     string `json:"taskDefinition"`
	RolloutState       string `json:"rolloutState,omitempty"`
	RolloutStateReason string `json:"rolloutStateReason,omitempty"`
	RunningCount       int    `json:"runningCount"`
	DesiredCount       int    `json:"desiredCount"`
	FailedTasks        int    `json:"failedTasks"`
}

// describes lays down what ECS says of a service.
func describes(t *testing.T, service string, deployments ...deployment) reply {
	t.Helper()
	events := []map[string]string{}
	for i := range 12 {
		events = append(events, map[string]string{
			"createdAt": fmt.Sprintf("2026-01-02T03:%02d:00Z", 59-i),
			"message":   fmt.Sprintf("(service ingest-prod-%s) event %d", service, i),
		})
	}
	encoded, err := json.Marshal(map[string]any{
		"services": []any{map[string]any{"deployments": deployments, "events": events}},
		"failures": []any{},
	})
	require.NoError(t, err)
	return reply{Call: `^aws ecs describe-services --cluster ingest-prod --services ` + arns + `service/ingest-prod/ingest-prod-` + service + ` `, Stdout: string(encoded)}
}

// deployedOutputs lays down the compute stack's outputs, revision 7 of both.
func deployedOutputs(t *testing.T) reply {
	t.Helper()
	encoded, err := json.Marshal(map[string]any{
		"ecsClusterName":          "ingest-prod",
		"apiServiceArn":           arns + "service/ingest-prod/ingest-prod-api",
		"workerServiceArn":        arns + "service/ingest-prod/ingest-prod-worker",
		"apiTaskDefinitionArn":    taskDefinition("api", 7),
		"workerTaskDefinitionArn": taskDefinition("worker", 7),
		"url":                     "http://ingest-prod.example.com",
	})
	require.NoError(t, err)
	return reply{Call: `^make .*outputs STACK=compute ENV=prod$`, Stdout: string(encoded)}
}

func arrived(service string, revision int) deployment {
	return deployment{Status: "PRIMARY", TaskDefinition: taskDefinition(service, revision), RolloutState: "COMPLETED", RunningCount: 1, DesiredCount: 1}
}

func rollout(t *testing.T, replies ...reply) result {
	t.Helper()
	return script{
		Env:     map[string]string{"ENV": "prod"},
		Replies: append([]reply{deployedOutputs(t)}, replies...),
	}.run(t, "rollout.sh")
}

func TestARolloutThatArrivedIsSaidSo(t *testing.T) {
	r := rollout(t,
		describes(t, "api", arrived("api", 7)),
		describes(t, "worker", arrived("worker", 7)))
	assert.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Summary, "`api` runs `ingest-prod-api:7`")
	assert.Contains(t, r.Summary, "`worker` runs `ingest-prod-worker:7`")
}

func TestARolloutUnderWayIsWaitedFor(t *testing.T) {
	underWay := arrived("api", 7)
	underWay.RolloutState = "IN_PROGRESS"
	worker := describes(t, "worker", arrived("worker", 7))

	r := rollout(t, describes(t, "api", underWay), describes(t, "api", arrived("api", 7)), worker)
	assert.Zero(t, r.Status, r.Output)

	r = rollout(t, describes(t, "api", underWay), worker)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "api: the rollout has not ended after 600 s")
}

func TestARolloutThatECSRolledBackFailsWithReasonAndEvents(t *testing.T) {
	failed := deployment{
		Status: "INACTIVE", TaskDefinition: taskDefinition("worker", 7), RolloutState: "FAILED",
		RolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.", DesiredCount: 1, FailedTasks: 3,
	}
	alsoFailed := failed
	alsoFailed.Status = "PRIMARY"

	for name, c := range map[string]struct {
		deployments []deployment
		says        string
	}{
		"back on the revision before":        {[]deployment{arrived("worker", 6), failed}, "worker runs another revision than the stack's"},
		"back, and the failed one forgotten": {[]deployment{arrived("worker", 6)}, "worker runs another revision than the stack's"},
		"failed, not yet rolled back":        {[]deployment{alsoFailed}, "worker: the rollout failed"},
		"failed, then deployed once more":    {[]deployment{arrived("worker", 7), failed}, "worker: the rollout failed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rollout(t, describes(t, "api", arrived("api", 7)), describes(t, "worker", c.deployments...))
			assert.Equal(t, 1, r.Status)
			assert.Contains(t, r.Output, c.says)
			assert.Contains(t, r.Output, "the rollout did not arrive: worker;")
			assert.Contains(t, r.Output, "the stack deployed "+taskDefinition("worker", 7))
			for _, d := range c.deployments {
				assert.Contains(t, r.Output, d.Status+" "+d.TaskDefinition+" "+d.RolloutState+": ")
				assert.Contains(t, r.Output, d.RolloutStateReason)
			}
			assert.Contains(t, r.Output, "(service ingest-prod-worker) event 9\n")
			assert.NotContains(t, r.Output, "event 10", "ten events are enough")
		})
	}
}

func TestARolloutCheckWithoutAnAnswerFails(t *testing.T) {
	api := describes(t, "api", arrived("api", 7))
	for name, worker := range map[string]reply{
		"no such service": {Call: `services .*-worker `, Stdout: `{"services": [], "failures": [{"reason": "MISSING"}]}`},
		"access denied":   {Call: `services .*-worker `, Stderr: "AccessDeniedException\n", Exit: 254},
		"no answer":       {Call: `services .*-worker `},
	} {
		t.Run(name, func(t *testing.T) {
			r := rollout(t, api, worker)
			assert.Equal(t, 1, r.Status)
			assert.Contains(t, r.Output, "the rollout did not arrive: worker;")
		})
	}

	r := script{Env: map[string]string{"ENV": "prod"}, Replies: []reply{{Call: `^make .*outputs`, Stdout: "{}"}}}.run(t, "rollout.sh")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "has no output 'ecsClusterName': deploy it first (make up STACK=compute ENV=prod)")
}

func TestEventsAreShownAfterAFailedDeployment(t *testing.T) {
	r := script{
		Env: map[string]string{"ENV": "prod"},
		Replies: []reply{
			deployedOutputs(t),
			describes(t, "api", arrived("api", 6)),
			describes(t, "worker", arrived("worker", 6)),
		},
	}.run(t, "rollout.sh", "events")
	assert.Zero(t, r.Status, r.Output)
	assert.Contains(t, r.Output, "ingest-prod-api:\n    2026-01-02T03:59:00Z  (service ingest-prod-api) event 0\n")
	assert.Contains(t, r.Output, "(service ingest-prod-worker) event 9\n")
}
