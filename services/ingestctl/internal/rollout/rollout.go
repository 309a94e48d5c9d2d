// Package rollout compares what ECS runs with what a stack has deployed. The
// provider reports success also after ECS's circuit breaker rolled a deployment
// back, so the primary deployment of a service is the one to look at.
package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// Outcome is how a rollout ended, or that it has not.
type Outcome string

// The outcomes of a rollout.
const (
	Completed Outcome = "completed"
	// RolledBack is that another revision runs: ECS went back to it, or was set
	// to it.
	RolledBack Outcome = "rolled back"
	Failed     Outcome = "failed"
	// InProgress is also that of a service without a primary deployment.
	InProgress Outcome = "in progress"
)

// Judge compares a service with the task definition that the stack has deployed.
func Judge(service *aws.Service, expected string) Outcome {
	primary := service.Primary()
	switch {
	case primary == nil:
		return InProgress
	case primary.Rollout == aws.RolloutFailed:
		return Failed
	case primary.TaskDefinition != expected:
		return RolledBack
	}
	for i := range service.Deployments {
		if d := &service.Deployments[i]; d.TaskDefinition == expected && d.Rollout == aws.RolloutFailed {
			return Failed
		}
	}
	if primary.Rollout == aws.RolloutCompleted {
		return Completed
	}
	return InProgress
}

// askEvery is how often ECS is asked while a rollout is in progress.
const askEvery = 10 * time.Second

// Wait asks for a service until its rollout has ended or ctx has. The service is
// the last that ECS answered, also with InProgress where ctx ended first.
func Wait(ctx context.Context, describe func(context.Context) (aws.Service, error), expected string) (aws.Service, Outcome, error) {
	var last aws.Service
	for asked := false; ; asked = true {
		found, err := describe(ctx)
		switch {
		case err != nil && asked && ctx.Err() != nil:
			return last, InProgress, nil //nolint:nilerr // ctx ended while ECS was asked
		case err != nil:
			return last, InProgress, fmt.Errorf("waiting for the rollout: %w", err)
		}
		last = found
		if outcome := Judge(&last, expected); outcome != InProgress {
			return last, outcome, nil
		}
		if !backoff.Sleep(ctx, askEvery) {
			return last, InProgress, nil
		}
	}
}
