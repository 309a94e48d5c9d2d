package cli

import (
	"encoding/json"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

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
