package faults

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/metrics"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sums adds up the metrics that a program has written over all its starts.
func sums(t *testing.T, program *proctest.Program) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for text := range strings.Lines(program.Log.String()) {
		if !metrics.IsLine(text) {
			continue
		}
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		assert.Equal(t, program.Name, line["Service"])
		for name, value := range line {
			if count, isMetric := value.(float64); isMetric {
				found[name] += count
			}
		}
	}
	return found
}

func TestMetrics_overRestarts_addUpToWhatHappened(t *testing.T) {
	t.Parallel()
	const accepted, rejected, failedUploads, failedReads, attempts = 40, 7, 2, 1, 3
	w := newWorld(t, 0)
	w.plan.Add(faults.Rule{Operation: "s3.PutObject", Fault: faults.Denied, Times: failedUploads})
	w.plan.Add(faults.Rule{Operation: "ssm.GetParameters", Fault: faults.Internal, Times: failedReads * attempts})
	more := map[string]string{"AWS_MAX_RETRIES": strconv.Itoa(attempts), "METRICS_NAMESPACE": "ingest/test", "VISIBILITY_TIMEOUT": "60"}
	api, worker := w.api(t, more), w.worker(t, more)
	api.Log.Find(t, "token can be read again")
	l := newLoad(api.URL("/ingest"))
	for range 2 {
		l.burst(accepted / 2)
		w.settled(t, l.accepted()...)
		for _, program := range []*proctest.Program{api, worker} {
			_, status := program.Stop()
			require.Zero(t, status)
			program.Start()
		}
	}
	for range rejected {
		l.do(api.URL("/ingest"), "", "{}")
	}
	for _, program := range []*proctest.Program{api, worker} {
		_, status := program.Stop()
		require.Zero(t, status)
	}
	assert.Equal(t, map[string]float64{
		"PayloadsAccepted": accepted, "PayloadsRejected": rejected, "TokenRefreshFailures": failedReads,
	}, sums(t, api))
	assert.Equal(t, map[string]float64{
		"MessagesReceived": accepted, "MessagesStored": accepted, "UploadFailures": failedUploads,
	}, sums(t, worker))
}
