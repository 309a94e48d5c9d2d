package cli

import (
	"context"
	"iter"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// logSource reads events from a time on.
type logSource func(ctx context.Context, from time.Time) iter.Seq2[aws.Event, error]

const (
	// logPollEvery is how often a log is asked for new events. An account has 25 calls a
	// second in most regions.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
	logPollEvery = 2 * time.Second
	// late is how much older than the newest an event may be that arrives after it.
	late = time.Minute
)

// followLog calls emit with every event from a time on, once each. With on it continues
// until ctx ends, which is no error.
func followLog(ctx context.Context, source logSource, from time.Time, on bool, emit func(aws.Event) error) error {
	seen := map[string]time.Time{}
	newest := from
	for {
		start := newest.Add(-late)
		if start.Before(from) {
			start = from
		}
		for event, err := range source(ctx, start) {
			switch {
			case err != nil && ctx.Err() != nil:
				return nil
			case err != nil:
				return err
			}
			if _, known := seen[event.ID]; known {
				continue
			}
			seen[event.ID] = event.At
			if event.At.After(newest) {
				newest = event.At
			}
			if err := emit(event); err != nil {
				return err
			}
		}
		for id, at := range seen {
			// No poll reaches back to these any more.
			if at.Before(newest.Add(-late)) {
				delete(seen, id)
			}
		}
		if !on || !backoff.Sleep(ctx, logPollEvery) {
			return nil
		}
	}
}
