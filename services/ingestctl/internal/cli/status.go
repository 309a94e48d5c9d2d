package cli

import (
	"fmt"
	"io"
	"path"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type statusCommand struct {
	Watch    bool          `help:"Look again until Ctrl-C, in place on a terminal." short:"w"`
	Interval time.Duration `help:"How long --watch waits between two looks." default:"5s"`
	Errors   time.Duration `help:"How far back errors are looked for in the logs." default:"1h"`
}

// Validate is called by kong.
func (c *statusCommand) Validate() error {
	if c.Interval < time.Second {
		return fmt.Errorf("--interval is %s; allowed is 1s or more", c.Interval)
	}
	if c.Errors <= 0 {
		return fmt.Errorf("--errors is %s; allowed is a duration such as 1h", c.Errors)
	}
	return nil
}

// clearScreen moves to the top left and clears what is below.
const clearScreen = "\x1b[H\x1b[J"

// Run implements the command.
func (c *statusCommand) Run(s *session) error {
	on, err := s.target()
	if err != nil {
		return err
	}
	before := ""
	if c.Watch && !s.flags.JSON && terminal(s.stdout) {
		before = clearScreen
	}
	ticker := time.NewTicker(c.Interval)
	defer ticker.Stop()
	for {
		snapshot, err := c.look(s, on)
		switch {
		case err != nil && c.Watch && s.ctx.Err() != nil:
			return nil
		case err != nil:
			return aws.Explain(err, on)
		}
		if err := s.print(snapshot, func(w io.Writer) {
			_, _ = io.WriteString(w, before)
			snapshot.Write(w)
		}); err != nil || !c.Watch {
			return err
		}
		select {
		case <-ticker.C:
		case <-s.ctx.Done():
			return nil
		}
	}
}

// look asks everything once. Without the queue's counts there is no status; what
// else cannot be asked is noted.
func (c *statusCommand) look(s *session, on target.Target) (*snapshot, error) {
	config, err := aws.Config(s.ctx, on)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	snapshot := &snapshot{Target: on.Name, At: now, Errors: []logLine{}, API: apiHealth{URL: on.APIURL, Healthy: true}}
	if err := apiclient.Health(s.ctx, on.APIURL); err != nil {
		snapshot.API.Healthy, snapshot.API.Detail = false, err.Error()
	}
	queues := []struct {
		url  string
		into *queueCounts
	}{{on.QueueURL, &snapshot.Queue}, {on.DLQURL, &snapshot.DLQ}}
	for _, queue := range queues {
		counts, err := aws.NewQueue(config, queue.url).Describe(s.ctx)
		if err != nil {
			return nil, err
		}
		*queue.into = queueCounts{Visible: counts.Visible, InFlight: counts.InFlight, Delayed: counts.Delayed}
	}
	if on.Local {
		snapshot.Notes = []string{"On this machine there are no ECS tasks, and the logs are in the terminal of `make run`."}
		return snapshot, nil
	}
	note := func(err error) {
		if err != nil {
			snapshot.Notes = append(snapshot.Notes, "not known: "+aws.Explain(err, on).Error())
		}
	}
	metrics := aws.NewMetrics(config)
	for _, queue := range queues {
		age, err := metrics.OldestAge(s.ctx, path.Base(queue.url), now)
		if note(err); age != nil {
			seconds := age.Seconds()
			queue.into.OldestSeconds = &seconds
		}
	}
	cluster := aws.NewCluster(config, on.Cluster)
	for _, arn := range []string{on.APIService, on.WorkerService} {
		service, err := cluster.Describe(s.ctx, arn)
		if note(err); err == nil {
			snapshot.Services = append(snapshot.Services, service)
		}
	}
	snapshot.ErrorsSince = now.Add(-c.Errors)
	for _, service := range []string{"api", "worker"} {
		note(c.errorsOf(s, on, service, snapshot))
	}
	return snapshot, nil
}

// shownErrors are the errors of one service that are shown, the newest.
const shownErrors = 5

// errorsOf adds the newest errors of a service.
func (c *statusCommand) errorsOf(s *session, on target.Target, service string, into *snapshot) error {
	source, err := s.logs(on, service, "error")
	if err != nil {
		return err
	}
	var found []logLine
	err = followLog(s.ctx, source, into.ErrorsSince, false, func(event aws.Event) error {
		found = append(found, logLine{Service: service, At: event.At, Text: readable(event)})
		found = found[max(0, len(found)-shownErrors):]
		return nil
	})
	into.Errors = append(into.Errors, found...)
	return err
}
