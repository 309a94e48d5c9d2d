package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Cluster is one ECS cluster.
type Cluster struct {
	client *ecs.Client
	arn    string
}

// Service is what ECS runs of one service.
type Service struct {
	Name    string
	Running int
	Desired int
	Pending int
	// Deployments are the current ones; one of them is the primary.
	Deployments []Deployment
	// Events are what ECS did recently, the newest first.
	Events []ServiceEvent
}

// Statuses and rollout states of a deployment.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
const (
	Primary          = "PRIMARY"
	RolloutFailed    = string(types.DeploymentRolloutStateFailed)
	RolloutCompleted = string(types.DeploymentRolloutStateCompleted)
)

// Deployment is one deployment of a service.
type Deployment struct {
	// Status is PRIMARY, ACTIVE or INACTIVE.
	Status string `json:"status"`
	// Rollout is IN_PROGRESS, COMPLETED or FAILED; Reason says why.
	Rollout        string    `json:"rollout"`
	Reason         string    `json:"reason"`
	TaskDefinition string    `json:"task_definition"`
	Running        int       `json:"running"`
	Desired        int       `json:"desired"`
	FailedTasks    int       `json:"failed_tasks"`
	CreatedAt      time.Time `json:"created_at"`
}

// ServiceEvent is one line of a service's history.
type ServiceEvent struct {
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

// NewCluster is the cluster of that ARN.
func NewCluster(config aws.Config, arn string) *Cluster {
	return &Cluster{client: ecs.NewFromConfig(config), arn: arn}
}

// errNoService is a service that the cluster does not have.
var errNoService = errors.New("ECS has no such service: deploy compute (make up), or look at --region")

func (c *Cluster) find(ctx context.Context, service string) (*types.Service, error) {
	answer, err := c.client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &c.arn, Services: []string{service}})
	if err == nil && len(answer.Services) == 0 {
		err = errNoService
	}
	if err != nil {
		return nil, fmt.Errorf("describing the service %s: %w", Name(service), err)
	}
	return &answer.Services[0], nil
}

// Describe reads what a service runs.
func (c *Cluster) Describe(ctx context.Context, service string) (Service, error) {
	found, err := c.find(ctx, service)
	if err != nil {
		return Service{}, err
	}
	described := Service{
		Name: Name(service), Running: int(found.RunningCount), Desired: int(found.DesiredCount), Pending: int(found.PendingCount),
	}
	for i := range found.Deployments {
		deployment := &found.Deployments[i]
		described.Deployments = append(described.Deployments, Deployment{
			Status: aws.ToString(deployment.Status), Rollout: string(deployment.RolloutState), Reason: aws.ToString(deployment.RolloutStateReason),
			TaskDefinition: aws.ToString(deployment.TaskDefinition), CreatedAt: aws.ToTime(deployment.CreatedAt),
			Running: int(deployment.RunningCount), Desired: int(deployment.DesiredCount), FailedTasks: int(deployment.FailedTasks),
		})
	}
	for i := range found.Events {
		described.Events = append(described.Events, ServiceEvent{At: aws.ToTime(found.Events[i].CreatedAt), Message: aws.ToString(found.Events[i].Message)})
	}
	return described, nil
}

// Primary is the deployment that the service is moving to or runs; nil where ECS
// has none.
func (s *Service) Primary() *Deployment {
	for i := range s.Deployments {
		if s.Deployments[i].Status == Primary {
			return &s.Deployments[i]
		}
	}
	return nil
}

// Images are the digests that the service's running tasks were started from: more
// than one while a rollout is under way.
func (c *Cluster) Images(ctx context.Context, service string) ([]string, error) {
	var digests []string
	pages := ecs.NewListTasksPaginator(c.client, &ecs.ListTasksInput{
		Cluster: &c.arn, ServiceName: &service, DesiredStatus: types.DesiredStatusRunning,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the tasks of %s: %w", Name(service), err)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		// A page is 100 tasks at most, which is what one call describes.
		answer, err := c.client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &c.arn, Tasks: page.TaskArns})
		if err != nil {
			return nil, fmt.Errorf("describing the tasks of %s: %w", Name(service), err)
		}
		for i := range answer.Tasks {
			for _, container := range answer.Tasks[i].Containers {
				digests = append(digests, aws.ToString(container.ImageDigest))
			}
		}
	}
	slices.Sort(digests)
	// A task that has just begun has no digest yet.
	return slices.DeleteFunc(slices.Compact(digests), func(digest string) bool { return digest == "" }), nil
}

// Name is the last part of an ARN or URL.
func Name(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
