package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeECS answers with functions; an unset one panics.
type fakeECS struct {
	describe func(*ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error)
	list     func(*ecs.ListServiceDeploymentsInput) (*ecs.ListServiceDeploymentsOutput, error)
	// deployment is nil where no alarm went off.
	deployment func(*ecs.DescribeServiceDeploymentsInput) (*ecs.DescribeServiceDeploymentsOutput, error)
}

func (f fakeECS) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return f.describe(in)
}

func (f fakeECS) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	return f.list(in)
}

func (f fakeECS) DescribeServiceDeployments(_ context.Context, in *ecs.DescribeServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error) {
	if f.deployment == nil {
		return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{{}}}, nil
	}
	return f.deployment(in)
}

// rolledBack is ECS after a rollback: the failed deployment is no longer one of the
// service's.
func rolledBack(t *testing.T) fakeECS {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var events []types.ServiceEvent
	for range 20 {
		events = append(events, types.ServiceEvent{CreatedAt: &at, Message: aws.String("(service api) (task 1) failed container health checks.")})
	}
	return fakeECS{
		describe: func(in *ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error) {
			assert.Equal(t, &ecs.DescribeServicesInput{Cluster: aws.String("arn:cluster"), Services: []string{"api"}}, in)
			return &ecs.DescribeServicesOutput{Services: []types.Service{{Events: events, Deployments: []types.Deployment{{
				Status: aws.String("PRIMARY"), TaskDefinition: aws.String("arn:aws:ecs:us-east-1:123456789012:task-definition/api:1"),
				RolloutState: types.DeploymentRolloutStateCompleted, RolloutStateReason: aws.String("ECS deployment ecs-svc/1 completed."),
				RunningCount: 1, DesiredCount: 1,
			}}}}}, nil
		},
		list: func(in *ecs.ListServiceDeploymentsInput) (*ecs.ListServiceDeploymentsOutput, error) {
			assert.Equal(t, &ecs.ListServiceDeploymentsInput{Cluster: aws.String("arn:cluster"), Service: aws.String("api")}, in)
			return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeploymentBrief{
				{CreatedAt: aws.Time(at), Status: types.ServiceDeploymentStatusSuccessful},
				{CreatedAt: aws.Time(at.Add(time.Hour)), Status: types.ServiceDeploymentStatusRollbackSuccessful, StatusReason: aws.String("tasks failed to start"), ServiceDeploymentArn: aws.String("arn:deployment")},
			}}, nil
		},
	}
}

func TestExplanation_namesReasonAndLastEvents(t *testing.T) {
	text, err := explanation(t.Context(), rolledBack(t), "arn:cluster", "api")
	require.NoError(t, err)
	want := `last deployment: ROLLBACK_SUCCESSFUL: tasks failed to start
PRIMARY api:1 COMPLETED: ECS deployment ecs-svc/1 completed. (1 of 1 running, 0 failed)
last events:`
	for range 10 {
		want += "\n  2026-01-02T03:04:05Z (service api) (task 1) failed container health checks."
	}
	assert.Equal(t, want, text)
}

func TestExplanation_alarm_isNamed(t *testing.T) {
	client := rolledBack(t)
	client.deployment = func(in *ecs.DescribeServiceDeploymentsInput) (*ecs.DescribeServiceDeploymentsOutput, error) {
		assert.Equal(t, []string{"arn:deployment"}, in.ServiceDeploymentArns, "the newest")
		return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{{Alarms: &types.ServiceDeploymentAlarms{
			AlarmNames: []string{"ingest-prod-api-5xx", "ingest-prod-api-latency"}, TriggeredAlarmNames: []string{"ingest-prod-api-latency"},
		}}}}, nil
	}
	text, err := explanation(t.Context(), client, "arn:cluster", "api")
	require.NoError(t, err)
	assert.Contains(t, text, "last deployment: ROLLBACK_SUCCESSFUL: tasks failed to start\nit set off the alarms: ingest-prod-api-latency\nPRIMARY")

	client.deployment = func(*ecs.DescribeServiceDeploymentsInput) (*ecs.DescribeServiceDeploymentsOutput, error) {
		return nil, errors.New("AccessDeniedException")
	}
	text, err = explanation(t.Context(), client, "arn:cluster", "api")
	require.NoError(t, err)
	assert.Contains(t, text, "the alarms of the last deployment cannot be read: AccessDeniedException\nPRIMARY")
}

func TestExplanation_withoutDeployments_hasTheEvents(t *testing.T) {
	client := rolledBack(t)
	client.list = func(*ecs.ListServiceDeploymentsInput) (*ecs.ListServiceDeploymentsOutput, error) {
		return nil, errors.New("AccessDeniedException")
	}
	text, err := explanation(t.Context(), client, "arn:cluster", "api")
	require.NoError(t, err)
	assert.Contains(t, text, "the last deployment cannot be read: AccessDeniedException\nPRIMARY api:1")
	assert.Contains(t, text, "failed container health checks")

	client.list = func(*ecs.ListServiceDeploymentsInput) (*ecs.ListServiceDeploymentsOutput, error) {
		return &ecs.ListServiceDeploymentsOutput{}, nil
	}
	text, err = explanation(t.Context(), client, "arn:cluster", "api")
	require.NoError(t, err)
	assert.Contains(t, text, "ECS knows no deployment of the service")
}

func TestExplanation_withoutService_isAnError(t *testing.T) {
	client := fakeECS{describe: func(*ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error) {
		return nil, errors.New("ClusterNotFoundException")
	}}
	_, err := explanation(t.Context(), client, "arn:cluster", "api")
	require.ErrorContains(t, err, "describing the service api: ClusterNotFoundException")
	client.describe = func(*ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error) {
		return &ecs.DescribeServicesOutput{}, nil
	}
	_, err = explanation(t.Context(), client, "arn:cluster", "api")
	require.ErrorContains(t, err, "ECS has no such service in arn:cluster")
}
