// Package metrics writes counts as CloudWatch metrics in the embedded metric format:
// JSON lines on stdout, from which CloudWatch Logs makes the metrics. There is no
// agent and no call of an API.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metrics

import (
	"encoding/json"
	"io"
	"time"
)

// Interval is the time between two lines.
const Interval = time.Minute

// dimension is the one dimension of every metric: api or worker.
const dimension = "Service"

// Counter is a metric that counts.
type Counter struct {
	Name string
	// Count returns how often it has happened since the start of the process.
	Count func() int64
}

// Options of a writer; all are required but Namespace.
type Options struct {
	// Namespace is the metrics' namespace in CloudWatch. Without one there are no
	// metrics.
	Namespace string
	// Service is the value of the dimension.
	Service  string
	Counters []Counter
	// Out takes each line in one Write.
	Out io.Writer
}

// Start writes a line every Interval, with what was counted since the line before,
// also where that is zero: an alarm needs the zero. Stop writes the rest and
// returns when nothing is written any more. Call it once.
func Start(o Options) (stop func()) {
	if o.Namespace == "" {
		return func() {}
	}
	ending, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		w := newWriter(o)
		ticker := time.NewTicker(Interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				w.write()
			case <-ending:
				w.write()
				return
			}
		}
	}()
	return func() { close(ending); <-ended }
}

// writer remembers what it has written.
type writer struct {
	Options
	directive directive
	written   []int64
}

// metadata is the member _aws of a line.
type metadata struct {
	Timestamp         int64 // milliseconds since 1970
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name, Unit string
}

func newWriter(o Options) *writer {
	w := &writer{Options: o, written: make([]int64, len(o.Counters))}
	w.directive = directive{Namespace: o.Namespace, Dimensions: [][]string{{dimension}}}
	for _, counter := range o.Counters {
		w.directive.Metrics = append(w.directive.Metrics, definition{Name: counter.Name, Unit: "Count"})
	}
	return w
}

func (w *writer) write() {
	line := map[string]any{
		"_aws":    metadata{Timestamp: time.Now().UnixMilli(), CloudWatchMetrics: []directive{w.directive}},
		dimension: w.Service,
	}
	for i, counter := range w.Counters {
		count := counter.Count()
		line[counter.Name] = count - w.written[i]
		w.written[i] = count
	}
	// Like the log, a line that stdout does not take is lost.
	_ = json.NewEncoder(w.Out).Encode(line)
}

// IsLine reports whether text is a line of metrics.
func IsLine(text string) bool {
	var line struct {
		Metadata *metadata `json:"_aws"`
	}
	return json.Unmarshal([]byte(text), &line) == nil && line.Metadata != nil && len(line.Metadata.CloudWatchMetrics) > 0
}
