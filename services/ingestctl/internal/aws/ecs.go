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
	Name    string `json:"name"`
	Running int    `json:"running"`
	Desired int    `json:"desired"`
	Pending int    `json:"pending"`
	// Rollout is IN_PROGRESS, COMPLETED or FAILED, and why.
	Rollout        string    `json:"rollout"`
	Reason         string    `json:"reason,omitempty"`
	TaskDefinition string    `json:"task_definition"`
	DeployedAt     time.Time `json:"deployed_at"`
	// Images are the digests that the running tasks were started from: more than
	// one while a rollout is under way.
	Images []string `json:"images"`
}

// NewCluster is the cluster of that ARN.
func NewCluster(config aws.Config, arn string) *Cluster {
	return &Cluster{client: ecs.NewFromConfig(config), arn: arn}
}

// Describe tells what a service runs.
func (c *Cluster) Describe(ctx context.Context, service string) (Service, error) {
	answer, err := c.client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &c.arn, Services: []string{service}})
	if err != nil {
		return Service{}, fmt.Errorf("describing the service %s: %w", name(service), err)
	}
	if len(answer.Services) == 0 {
		return Service{}, fmt.Errorf("describing the service %s: %w", name(service), errMissing)
	}
	found := answer.Services[0]
	described := Service{
		Name: name(service), Running: int(found.RunningCount), Desired: int(found.DesiredCount), Pending: int(found.PendingCount),
	}
	for i := range found.Deployments {
		if deployment := found.Deployments[i]; aws.ToString(deployment.Status) == "PRIMARY" {
			described.Rollout, described.Reason = string(deployment.RolloutState), aws.ToString(deployment.RolloutStateReason)
			described.TaskDefinition = name(aws.ToString(deployment.TaskDefinition))
			described.DeployedAt = aws.ToTime(deployment.CreatedAt)
		}
	}
	described.Images, err = c.images(ctx, service)
	return described, err
}

// errMissing is a service that the cluster does not have.
var errMissing = errors.New("ECS has no such service: deploy compute (make up), or look at --region")

// images are the digests that the service's running tasks were started from.
func (c *Cluster) images(ctx context.Context, service string) ([]string, error) {
	var digests []string
	pages := ecs.NewListTasksPaginator(c.client, &ecs.ListTasksInput{
		Cluster: &c.arn, ServiceName: &service, DesiredStatus: types.DesiredStatusRunning,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the tasks of %s: %w", name(service), err)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		// A page is 100 tasks at most, which is what one call describes.
		answer, err := c.client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &c.arn, Tasks: page.TaskArns})
		if err != nil {
			return nil, fmt.Errorf("describing the tasks of %s: %w", name(service), err)
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

// name is the last part of an ARN.
func name(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
