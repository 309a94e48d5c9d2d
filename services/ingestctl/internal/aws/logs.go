package aws

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Event is one event of a log.
type Event struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Stream  string    `json:"stream"`
	Message string    `json:"message"`
}

// LogGroup is one log group.
type LogGroup struct {
	client *cloudwatchlogs.Client
	name   string
}

// NewLogGroup is the log group of that name.
func NewLogGroup(config aws.Config, name string) *LogGroup {
	return &LogGroup{client: cloudwatchlogs.NewFromConfig(config), name: name}
}

// levels are those of the services' logs, from the least.
var levels = []string{"DEBUG", "INFO", "WARN", "ERROR"}

// AtLeast is a filter pattern for a level (debug, info, warn, error) and those
// above it; the least passes everything, also what is not JSON.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func AtLeast(level string) string {
	first := slices.Index(levels, strings.ToUpper(level))
	if first <= 0 {
		return ""
	}
	var wanted []string
	for _, one := range levels[first:] {
		wanted = append(wanted, `($.level = "`+one+`")`)
	}
	return "{ " + strings.Join(wanted, " || ") + " }"
}

// Saying is a filter pattern for the JSON lines with that msg.
func Saying(msg string) string { return `{ $.msg = "` + msg + `" }` }

// Events are those from a time on that match a filter pattern, in CloudWatch's
// order; an empty pattern matches all. After an error there is nothing more.
func (g *LogGroup) Events(ctx context.Context, from time.Time, pattern string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.name, StartTime: aws.Int64(from.UnixMilli())}
		if pattern != "" {
			input.FilterPattern = &pattern
		}
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(g.client, input)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Event{}, fmt.Errorf("reading the log group %s: %w", g.name, err))
				return
			}
			for _, found := range page.Events {
				event := Event{
					ID: aws.ToString(found.EventId), At: time.UnixMilli(aws.ToInt64(found.Timestamp)).UTC(),
					Stream: aws.ToString(found.LogStreamName), Message: strings.TrimRight(aws.ToString(found.Message), "\n"),
				}
				if !yield(event, nil) {
					return
				}
			}
		}
	}
}
