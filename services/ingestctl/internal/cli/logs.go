package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/metrics"
)

type logsCommand struct {
	Service string        `arg:"" enum:"api,worker" help:"api or worker."`
	Follow  bool          `help:"Go on with what comes, until Ctrl-C." short:"f"`
	Since   time.Duration `help:"How far back to begin." default:"10m"`
	Level   string        `help:"The least level: debug, info, warn or error." enum:"debug,info,warn,error" default:"debug"`
}

// Validate is called by kong.
func (c *logsCommand) Validate() error {
	if c.Since <= 0 {
		return fmt.Errorf("--since is %s; allowed is a duration such as 10m", c.Since)
	}
	return nil
}

// errLocalLogs is that a local pipeline writes no log group.
var errLocalLogs = errors.New("the logs of this machine are in the terminal of `make run`; --stack names a deployment whose logs are in CloudWatch")

// Run implements the command.
func (c *logsCommand) Run(s *session) error {
	group := target.APILogGroup
	if c.Service == "worker" {
		group = target.WorkerLogGroup
	}
	on, err := s.target(group, target.Region)
	if err != nil {
		return err
	}
	source, err := s.logs(on, group, aws.AtLeast(c.Level))
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(s.stdout)
	err = followLog(s.ctx, source, time.Now().Add(-c.Since), c.Follow, func(event aws.Event) error {
		if metrics.IsLine(event.Message) {
			return nil // CloudWatch shows them as metrics
		}
		if s.json() {
			return encoder.Encode(event)
		}
		_, err := fmt.Fprintln(s.stdout, readable(event))
		return err
	})
	return aws.Explain(err, on)
}

// logs reads the events of a log group.
func (s *session) logs(on target.Target, group target.Part, pattern string) (logSource, error) {
	if on.Local {
		return nil, errLocalLogs
	}
	config, err := aws.Config(s.ctx, on)
	if err != nil {
		return nil, err
	}
	read := aws.NewLogGroup(config, on.Get(group))
	return func(ctx context.Context, from time.Time) iter.Seq2[aws.Event, error] {
		return read.Events(ctx, from, pattern)
	}, nil
}

// readable is an event as a person reads it: when, how bad, what, and the rest as
// key=value. What is no JSON stays as it is.
func readable(event aws.Event) string {
	at := event.At.Format(time.RFC3339)
	var fields map[string]any
	if err := json.Unmarshal([]byte(event.Message), &fields); err != nil {
		return at + " " + event.Message
	}
	line := []string{at}
	for _, name := range []string{"level", "msg"} {
		if value, ok := fields[name]; ok {
			line = append(line, fmt.Sprint(value))
		}
		delete(fields, name)
	}
	delete(fields, "time")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		line = append(line, fmt.Sprintf("%s=%v", name, fields[name]))
	}
	return strings.Join(line, " ")
}
