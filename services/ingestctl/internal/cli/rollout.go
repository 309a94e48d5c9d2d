package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/rollout"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type rolloutCommand struct {
	Timeout time.Duration `help:"How long to wait for a rollout that is in progress; 0 asks once." default:"10m"`
	Events  bool          `help:"Only print the last events of each service."`
}

// Validate is called by kong.
func (c *rolloutCommand) Validate() error {
	if c.Timeout < 0 {
		return fmt.Errorf("--timeout is %s; allowed is 0 or more", c.Timeout)
	}
	return nil
}

// shownEvents are the events of a service that are shown, the newest.
const shownEvents = 10

// serviceRollout is how the rollout of one service ended.
type serviceRollout struct {
	Service  string          `json:"service"`
	Expected string          `json:"expected"`
	Outcome  rollout.Outcome `json:"outcome"`
	// Deployments and Events explain a rollout that has not completed.
	Deployments []aws.Deployment   `json:"deployments,omitempty"`
	Events      []aws.ServiceEvent `json:"events,omitempty"`

	err error
}

// Run implements the command.
func (c *rolloutCommand) Run(s *session) error {
	if s.flags.Stack == "" {
		return errors.New("a rollout is that of a stack: name it with --stack")
	}
	on, config, err := s.connect(target.Cluster, target.APIService, target.WorkerService, target.APITaskDefinition, target.WorkerTaskDefinition)
	if err != nil {
		return err
	}
	cluster := aws.NewCluster(config, on.Get(target.Cluster))
	services := []serviceRollout{
		{Service: "api", Expected: on.Get(target.APITaskDefinition)},
		{Service: "worker", Expected: on.Get(target.WorkerTaskDefinition)},
	}
	arns := []string{on.Get(target.APIService), on.Get(target.WorkerService)}
	// Both are asked even where one has failed: one run shows both.
	var asking sync.WaitGroup
	for i := range services {
		asking.Go(func() { c.await(s, cluster, arns[i], &services[i]) })
	}
	asking.Wait()
	return c.conclude(s, on, services)
}

// await waits for the rollout of one service, or only reads its events.
func (c *rolloutCommand) await(s *session, cluster *aws.Cluster, arn string, into *serviceRollout) {
	describe := func(ctx context.Context) (aws.Service, error) { return cluster.Describe(ctx, arn) }
	var found aws.Service
	if c.Events || c.Timeout == 0 {
		found, into.err = describe(s.ctx)
		into.Outcome = rollout.Judge(&found, into.Expected)
	} else {
		ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
		defer cancel()
		found, into.Outcome, into.err = rollout.Wait(ctx, describe, into.Expected)
	}
	if c.Events || into.Outcome != rollout.Completed {
		into.Deployments, into.Events = found.Deployments, found.Events[:min(shownEvents, len(found.Events))]
	}
}

func (c *rolloutCommand) conclude(s *session, on target.Target, services []serviceRollout) error {
	var failed []string
	var errs []error
	for i := range services {
		service := &services[i]
		switch {
		case service.err != nil:
			errs = append(errs, aws.Explain(service.err, on))
		case service.Outcome != rollout.Completed:
			failed = append(failed, service.Service)
		}
	}
	if err := s.print(map[string]any{"services": services}, func(w *screen) {
		for i := range services {
			if service := &services[i]; service.err == nil {
				service.write(w, c)
			}
		}
	}); err != nil {
		return err
	}
	switch {
	case s.ctx.Err() != nil:
		return errInterrupted
	case len(failed) > 0 && !c.Events:
		errs = append(errs, fmt.Errorf("%w: %s; the reason and the last events are above", errNotRolledOut, strings.Join(failed, " and ")))
	}
	return errors.Join(errs...)
}

// errNotRolledOut is that ECS does not run what the stack has deployed.
var errNotRolledOut = errors.New("ECS does not run what the stack deployed")

func (r *serviceRollout) write(w io.Writer, c *rolloutCommand) {
	switch {
	case c.Events:
		_, _ = fmt.Fprintf(w, "%s:\n", r.Service)
		r.writeEvents(w)
		return
	case r.Outcome == rollout.Completed:
		_, _ = fmt.Fprintf(w, "%s runs %s\n", r.Service, aws.Name(r.Expected))
		return
	case r.Outcome == rollout.RolledBack:
		_, _ = fmt.Fprintf(w, "%s runs another revision than %s, which the stack deployed: ECS rolled it back\n", r.Service, aws.Name(r.Expected))
	case r.Outcome == rollout.Failed:
		_, _ = fmt.Fprintf(w, "%s: the rollout of %s failed\n", r.Service, aws.Name(r.Expected))
	default:
		_, _ = fmt.Fprintf(w, "%s: the rollout of %s has not ended within %s\n", r.Service, aws.Name(r.Expected), c.Timeout)
	}
	for i := range r.Deployments {
		d := &r.Deployments[i]
		_, _ = fmt.Fprintf(w, "  %s %s %s: %s (%d of %d running, %d failed)\n", d.Status, aws.Name(d.TaskDefinition),
			cmp.Or(d.Rollout, "without a rollout state"), cmp.Or(d.Reason, "no reason given"), d.Running, d.Desired, d.FailedTasks)
	}
	_, _ = fmt.Fprintln(w, "  last events:")
	r.writeEvents(w)
}

func (r *serviceRollout) writeEvents(w io.Writer) {
	for _, event := range r.Events {
		_, _ = fmt.Fprintf(w, "    %s  %s\n", clock(event.At), printable(event.Message))
	}
}
