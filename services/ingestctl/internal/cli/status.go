package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
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

// errUnhealthy is that a part of the deployment says it is not healthy.
var errUnhealthy = errors.New("the deployment is not healthy")

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
	ticker := time.NewTicker(c.Interval)
	defer ticker.Stop()
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
		if err != nil || !c.Watch {
			return err
		}
		select {
		case <-ticker.C:
		case <-s.ctx.Done():
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

func (l *looking) askAPI() *apiHealth {
	health := &apiHealth{URL: l.on.Get(target.APIURL), Healthy: true}
	if err := apiclient.Health(l.ctx, health.URL); err != nil {
		health.Healthy, health.Detail = false, err.Error()
	}
	return health
}

func (l *looking) askWorker() (*workerHealth, error) {
	health := &workerHealth{}
	if err := apiclient.WorkerHealth(l.ctx, l.on.Get(target.WorkerURL), health); err != nil {
		return nil, err
	}
	return health, nil
}

// queue reads the counts of a queue, and in AWS the age of its oldest message.
func (l *looking) queue(url target.Part) (*queueCounts, error) {
	counts, err := aws.NewQueue(l.config, l.on.Get(url)).Describe(l.ctx)
	if err != nil {
		return nil, err
	}
	found := &queueCounts{Visible: counts.Visible, InFlight: counts.InFlight, Delayed: counts.Delayed}
	if l.on.Local {
		return found, nil
	}
	age, err := aws.NewMetrics(l.config).OldestAge(l.ctx, aws.Name(l.on.Get(url)), l.now)
	if age != nil {
		seconds := age.Seconds()
		found.OldestSeconds = &seconds
	}
	return found, err
}

func (l *looking) service(arn target.Part) (*serviceState, error) {
	cluster := aws.NewCluster(l.config, l.on.Get(target.Cluster))
	described, err := cluster.Describe(l.ctx, l.on.Get(arn))
	if err != nil {
		return nil, err
	}
	images, err := cluster.Images(l.ctx, l.on.Get(arn))
	state := newServiceState(&described, images)
	return &state, err
}

const (
	// shownErrors are the errors of one service that are shown, the newest.
	shownErrors = 5
	// countedErrors is how many are counted at most: CloudWatch answers up to
	// 10,000 events a call, and five calls a second.
	countedErrors = 10_000
)

// errors counts what a service has logged as errors.
func (l *looking) errors(service string, group target.Part, from time.Time) (*errorCount, error) {
	counted := &errorCount{Service: service, Since: from, Newest: []logLine{}}
	for event, err := range aws.NewLogGroup(l.config, l.on.Get(group)).Events(l.ctx, from, aws.AtLeast("error")) {
		if err != nil {
			return nil, err
		}
		if counted.Count == countedErrors {
			counted.AtLeast = true
			break
		}
		counted.Count++
		counted.Newest = append(counted.Newest, logLine{At: event.At, Text: readable(event)})
		counted.Newest = counted.Newest[max(0, len(counted.Newest)-shownErrors):]
	}
	return counted, nil
}

const (
	// failuresWithin is how far back the worker's log is read for uploads that
	// failed.
	failuresWithin = 5 * time.Minute
	// retriedWithin is above the 30 s that the worker waits at most between two
	// attempts: what failed longer ago and not since is not retried any more.
	retriedWithin = time.Minute
)

// workerLog reads from the worker's log what its uploads failed with: it cannot be
// asked, since nothing may connect to its tasks.
func (l *looking) workerLog() (*workerHealth, error) {
	health := &workerHealth{}
	retried := map[string]bool{}
	from := l.now.Add(-failuresWithin)
	for event, err := range aws.NewLogGroup(l.config, l.on.Get(target.WorkerLogGroup)).Events(l.ctx, from, aws.Saying("storing")) {
		if err != nil {
			return nil, err
		}
		var line struct {
			MessageID string `json:"message_id"`
			Error     string `json:"error"`
		}
		if err := json.Unmarshal([]byte(event.Message), &line); err != nil {
			continue // not a line of the worker's
		}
		health.LastFailure, health.LastFailureAt = line.Error, event.At
		if event.At.After(l.now.Add(-retriedWithin)) {
			retried[line.MessageID] = true
		}
	}
	health.Retrying = len(retried)
	return health, nil
}
