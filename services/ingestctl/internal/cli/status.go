package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/backoff"
)

type statusCommand struct {
	Watch    bool          `help:"Ask again until Ctrl-C, in place on a terminal." short:"w"`
	Interval time.Duration `help:"How long --watch waits before it asks again." default:"5s"`
	Errors   time.Duration `help:"How far back errors are counted in the logs." default:"1h"`
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
	on, missing := s.target(
		target.APIURL, target.Region, target.QueueURL, target.DLQURL, target.Cluster, target.APIService, target.WorkerService,
		target.APILogGroup, target.WorkerLogGroup,
	)
	if on.Get(target.APIURL) == "" && on.Get(target.QueueURL) == "" {
		return missing
	}
	before := ""
	if c.Watch && !s.json() && terminal(s.stdout) {
		before = clearScreen
	}
	for {
		found := c.look(s, on, missing)
		if s.ctx.Err() != nil {
			break
		}
		err := s.print(found, func(w *screen) {
			_, _ = io.WriteString(w, before)
			found.write(w)
		})
		if err == nil && !c.Watch && !found.Healthy {
			err = errUnhealthy
		}
		if err != nil || !c.Watch || !backoff.Sleep(s.ctx, c.Interval) {
			return err
		}
	}
	if c.Watch {
		return nil
	}
	return errInterrupted
}

// looking is one reading of a deployment: all parts are asked concurrently.
type looking struct {
	*session
	on     target.Target
	config aws.Configuration
	now    time.Time

	asking  sync.WaitGroup
	mu      sync.Mutex
	unknown []unknownPart
}

// part asks for one part. What it needs of the target and lacks is reported once,
// for all parts.
func (l *looking) part(name string, ask func() error, needs ...target.Part) {
	for _, need := range needs {
		if l.on.Get(need) == "" {
			return
		}
	}
	l.asking.Go(func() {
		if err := ask(); err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			explained := aws.Explain(err, l.on)
			l.debug(explained)
			l.unknown = append(l.unknown, unknownPart{Part: name, Error: explained.Error()})
		}
	})
}

// services are those of a deployment, with where ECS and the logs have them.
var services = []struct {
	name       string
	arn, group target.Part
}{
	{"api", target.APIService, target.APILogGroup},
	{"worker", target.WorkerService, target.WorkerLogGroup},
}

// look asks everything once. A part that cannot be asked is noted, and the others
// are shown.
func (c *statusCommand) look(s *session, on target.Target, missing error) *snapshot {
	found := &snapshot{Target: on.Name, At: time.Now()}
	l := &looking{session: s, on: on, now: found.At}
	if missing != nil {
		l.unknown = append(l.unknown, unknownPart{Part: "stack", Error: missing.Error()})
	}
	var err error
	if l.config, err = aws.Config(s.ctx, on); err != nil {
		l.unknown = append(l.unknown, unknownPart{Part: "aws", Error: err.Error()})
	}
	l.part("api", func() error { found.API = l.askAPI(); return nil }, target.APIURL)
	l.part("queue", func() (err error) { found.Queue, err = l.queue(target.QueueURL); return err }, target.QueueURL, target.Region)
	l.part("dlq", func() (err error) { found.DLQ, err = l.queue(target.DLQURL); return err }, target.DLQURL, target.Region)
	if on.Local {
		l.part("worker", func() (err error) { found.Worker, err = l.askWorker(); return err })
		found.Notes = []string{"On this machine there are no ECS tasks, and the logs are in the terminal of `make run`."}
		l.asking.Wait()
	} else {
		l.deployed(found, c.Errors)
	}
	slices.SortFunc(l.unknown, func(a, b unknownPart) int { return cmp.Compare(a.Part, b.Part) })
	found.Unknown = l.unknown
	found.judge()
	return found
}

// deployed asks what only a deployment in AWS has.
func (l *looking) deployed(found *snapshot, back time.Duration) {
	states, errs := make([]*serviceState, len(services)), make([]*errorCount, len(services))
	for i, service := range services {
		l.part("tasks of the "+service.name, func() (err error) { states[i], err = l.service(service.arn); return err }, target.Cluster, service.arn)
		l.part("errors of the "+service.name, func() (err error) {
			errs[i], err = l.errors(service.name, service.group, l.now.Add(-back))
			return err
		}, service.group, target.Region)
	}
	l.part("worker", func() (err error) { found.Worker, err = l.workerLog(); return err }, target.WorkerLogGroup, target.Region)
	l.asking.Wait()
	for i := range services {
		if states[i] != nil {
			found.Services = append(found.Services, *states[i])
		}
		if errs[i] != nil {
			found.Errors = append(found.Errors, *errs[i])
		}
	}
}
