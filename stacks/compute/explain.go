package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// explainTimeout bounds the calls that explain a rollback; the update has failed
// before them.
const explainTimeout = 30 * time.Second

// lastEvents is how many of a service's events an explanation has.
const lastEvents = 10

// ecsAPI are the calls that explain a rollback. The provider has none of what they
// return.
type ecsAPI interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	ListServiceDeployments(context.Context, *ecs.ListServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error)
	DescribeServiceDeployments(context.Context, *ecs.DescribeServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error)
}

// explain returns a function that asks ECS, with the region, the profile and the
// endpoint that the provider has, why a service does not run what was deployed.
func explain(ctx *pulumi.Context) compute.Explanation {
	provider := config.New(ctx, "aws")
	return func(ctx context.Context, cluster, service string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, explainTimeout)
		defer cancel()
		client, err := newECS(ctx, provider)
		if err != nil {
			return "", err
		}
		return explanation(ctx, client, cluster, service)
	}
}

func newECS(ctx context.Context, provider *config.Config) (*ecs.Client, error) {
	var endpoints []struct {
		ECS string `json:"ecs"`
	}
	if err := provider.GetObject("endpoints", &endpoints); err != nil {
		return nil, fmt.Errorf("reading aws:endpoints: %w", err)
	}
	settings, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithRegion(provider.Get("region")), awsconfig.WithSharedConfigProfile(provider.Get("profile")))
	if err != nil {
		return nil, fmt.Errorf("reading the settings of AWS: %w", err)
	}
	return ecs.NewFromConfig(settings, func(o *ecs.Options) {
		for _, endpoint := range endpoints {
			if endpoint.ECS != "" {
				o.BaseEndpoint = &endpoint.ECS
			}
		}
	}), nil
}

// explanation describes the newest deployment of a service, the current ones and
// the last events.
func explanation(ctx context.Context, client ecsAPI, cluster, service string) (string, error) {
	answer, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return "", fmt.Errorf("describing the service %s: %w", service, err)
	}
	if len(answer.Services) == 0 {
		return "", fmt.Errorf("describing the service %s: ECS has no such service in %s", service, cluster)
	}
	lines := []string{newest(ctx, client, cluster, service)}
	for _, d := range answer.Services[0].Deployments {
		task := aws.ToString(d.TaskDefinition)
		lines = append(lines, fmt.Sprintf("%s %s %s: %s (%d of %d running, %d failed)", aws.ToString(d.Status), task[strings.LastIndexByte(task, '/')+1:],
			d.RolloutState, aws.ToString(d.RolloutStateReason), d.RunningCount, d.DesiredCount, d.FailedTasks))
	}
	events := answer.Services[0].Events
	lines = append(lines, "last events:")
	for _, event := range events[:min(len(events), lastEvents)] {
		lines = append(lines, "  "+aws.ToTime(event.CreatedAt).Format(time.RFC3339)+" "+aws.ToString(event.Message))
	}
	return strings.Join(lines, "\n"), nil
}

// newest describes the service deployment that was made last. It has the reason of
// a rollback also when the failed deployment is no longer one of the service's
// current ones.
func newest(ctx context.Context, client ecsAPI, cluster, service string) string {
	answer, err := client.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: &cluster, Service: &service})
	if err != nil {
		return fmt.Sprintf("the last deployment cannot be read: %v", err)
	}
	if len(answer.ServiceDeployments) == 0 {
		return "ECS knows no deployment of the service"
	}
	last := slices.MaxFunc(answer.ServiceDeployments, func(a, b types.ServiceDeploymentBrief) int {
		return cmp.Compare(aws.ToTime(a.CreatedAt).UnixNano(), aws.ToTime(b.CreatedAt).UnixNano())
	})
	return fmt.Sprintf("last deployment: %s: %s%s", last.Status, aws.ToString(last.StatusReason), alarms(ctx, client, last.ServiceDeploymentArn))
}

// alarms names the alarms that a deployment set off, with an introduction, or is
// empty.
func alarms(ctx context.Context, client ecsAPI, deployment *string) string {
	answer, err := client.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{aws.ToString(deployment)}})
	if err != nil {
		return fmt.Sprintf("\nthe alarms of the last deployment cannot be read: %v", err)
	}
	for _, found := range answer.ServiceDeployments {
		if found.Alarms != nil && len(found.Alarms.TriggeredAlarmNames) > 0 {
			return "\nit set off the alarms: " + strings.Join(found.Alarms.TriggeredAlarmNames, ", ")
		}
	}
	return ""
}
