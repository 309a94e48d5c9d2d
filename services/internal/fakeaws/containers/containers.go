// Package containers is as much of ECS as tells what runs: services, their
// deployments and their tasks, as a test sets them.
package containers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

// Target is the prefix of X-Amz-Target that ECS is called by.
const Target = "AmazonEC2ContainerServiceV20141113"

// Running is a service of a cluster with its tasks.
type Running struct {
	// ARN names the service.
	ARN     string
	Cluster string
	Desired int
	Pending int
	// Tasks are the digests of the images that the running tasks have.
	Tasks []string
	// Rollout is IN_PROGRESS, COMPLETED or FAILED, with a reason.
	Rollout, Reason string
	TaskDefinition  string
	DeployedAt      time.Time
}

// Service is ECS.
type Service struct {
	*awsjson.Service

	mu       sync.Mutex
	services map[string]Running
}

// New is ECS without services.
func New() *Service {
	s := &Service{Service: awsjson.New("ecs", "1.1"), services: map[string]Running{}}
	awsjson.Handle(s.Service, "DescribeServices", s.describeServices)
	awsjson.Handle(s.Service, "ListTasks", s.listTasks)
	awsjson.Handle(s.Service, "DescribeTasks", s.describeTasks)
	return s
}

// Run sets what a service runs.
func (s *Service) Run(running Running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.services[running.ARN] = running
}

type describeIn struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
}

type failure struct {
	ARN    string `json:"arn"`
	Reason string `json:"reason"`
}

type deployment struct {
	Status             string  `json:"status"`
	TaskDefinition     string  `json:"taskDefinition"`
	RolloutState       string  `json:"rolloutState"`
	RolloutStateReason string  `json:"rolloutStateReason"`
	CreatedAt          float64 `json:"createdAt"`
}

type serviceOut struct {
	ServiceARN   string       `json:"serviceArn"`
	DesiredCount int          `json:"desiredCount"`
	RunningCount int          `json:"runningCount"`
	PendingCount int          `json:"pendingCount"`
	Deployments  []deployment `json:"deployments"`
}

type describeOut struct {
	Services []serviceOut `json:"services"`
	Failures []failure    `json:"failures"`
}

func (s *Service) describeServices(_ context.Context, in *describeIn) (*describeOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &describeOut{Services: []serviceOut{}, Failures: []failure{}}
	for _, arn := range in.Services {
		found, known := s.services[arn]
		if !known || found.Cluster != in.Cluster {
			out.Failures = append(out.Failures, failure{ARN: arn, Reason: "MISSING"})
			continue
		}
		out.Services = append(out.Services, serviceOut{
			ServiceARN: arn, DesiredCount: found.Desired, RunningCount: len(found.Tasks), PendingCount: found.Pending,
			Deployments: []deployment{{
				Status: "PRIMARY", TaskDefinition: found.TaskDefinition, RolloutState: found.Rollout,
				RolloutStateReason: found.Reason, CreatedAt: float64(found.DeployedAt.Unix()),
			}},
		})
	}
	return out, nil
}

type listIn struct {
	Cluster     string `json:"cluster"`
	ServiceName string `json:"serviceName"`
}

type listOut struct {
	TaskARNs []string `json:"taskArns"`
}

func (s *Service) listTasks(_ context.Context, in *listIn) (*listOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, known := s.services[in.ServiceName]
	if !known || found.Cluster != in.Cluster {
		return nil, &awsjson.Error{Type: "ServiceNotFoundException", Status: http.StatusBadRequest, Message: "Service not found."}
	}
	out := &listOut{TaskARNs: []string{}}
	for i := range found.Tasks {
		out.TaskARNs = append(out.TaskARNs, taskARN(found, i))
	}
	return out, nil
}

func taskARN(of Running, i int) string { return fmt.Sprintf("%s/task/%d", of.ARN, i) }

type tasksIn struct {
	Tasks []string `json:"tasks"`
}

type container struct {
	ImageDigest string `json:"imageDigest"`
}

type task struct {
	TaskARN    string      `json:"taskArn"`
	Containers []container `json:"containers"`
}

type tasksOut struct {
	Tasks []task `json:"tasks"`
}

func (s *Service) describeTasks(_ context.Context, in *tasksIn) (*tasksOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &tasksOut{Tasks: []task{}}
	for _, of := range s.services {
		for i, digest := range of.Tasks {
			if arn := taskARN(of, i); slices.Contains(in.Tasks, arn) {
				out.Tasks = append(out.Tasks, task{TaskARN: arn, Containers: []container{{ImageDigest: digest}}})
			}
		}
	}
	return out, nil
}
