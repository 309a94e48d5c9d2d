package metrics

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pass lets time go by on the clock of the test's bubble.
func pass(by time.Duration) { <-time.After(by) }

// started is a writer of two counters.
type started struct {
	one, two atomic.Int64
	out      proctest.Log
	stop     func()
}

func start(namespace string) *started {
	s := &started{}
	s.stop = Start(Options{
		Namespace: namespace, Service: "worker", Out: &s.out,
		Counters: []Counter{{Name: "One", Count: s.one.Load}, {Name: "Two", Count: s.two.Load}},
	})
	return s
}

// lines are what was written, without what the format adds.
func (s *started) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(s.out.String()) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		delete(line, "_aws")
		delete(line, "Service")
		lines = append(lines, line)
	}
	return lines
}

func TestStart_writesWhatWasCountedEachMinuteAndAtTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start("ingest/prod")
		s.one.Add(3)
		pass(Interval - time.Millisecond)
		synctest.Wait()
		assert.Empty(t, s.lines(t))
		pass(time.Millisecond)
		synctest.Wait()
		want := []map[string]any{{"One": 3.0, "Two": 0.0}}
		assert.Equal(t, want, s.lines(t))

		s.one.Add(1)
		s.two.Add(2)
		pass(2 * Interval)
		synctest.Wait()
		want = append(want, map[string]any{"One": 1.0, "Two": 2.0}, map[string]any{"One": 0.0, "Two": 0.0})
		assert.Equal(t, want, s.lines(t), "a quiet minute is a zero")

		s.two.Add(1)
		s.stop()
		want = append(want, map[string]any{"One": 0.0, "Two": 1.0})
		assert.Equal(t, want, s.lines(t))
		pass(2 * Interval)
		synctest.Wait()
		assert.Equal(t, want, s.lines(t), "nothing follows the stop")
	})
}

func TestStart_lineHasTheFormOfTheSpecification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start("ingest/prod")
		s.one.Add(7)
		pass(Interval)
		at := time.Now().UnixMilli()
		synctest.Wait()
		text := s.out.String()
		s.stop()
		assert.True(t, IsLine(text))
		assert.Equal(t, 1, strings.Count(text, "\n"))
		want, err := json.Marshal(map[string]any{
			"_aws": map[string]any{
				"Timestamp": at,
				"CloudWatchMetrics": []any{map[string]any{
					"Namespace":  "ingest/prod",
					"Dimensions": [][]string{{"Service"}},
					"Metrics":    []any{map[string]any{"Name": "One", "Unit": "Count"}, map[string]any{"Name": "Two", "Unit": "Count"}},
				}},
			},
			"Service": "worker", "One": 7, "Two": 0,
		})
		require.NoError(t, err)
		assert.JSONEq(t, string(want), text)
	})
}

func TestStart_withoutNamespace_writesNothing(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		s := start("")
		pass(2 * Interval)
		s.stop()
		assert.Empty(t, s.out.String())
	})
}

func TestIsLine_logRecord_isFalse(t *testing.T) {
	for _, text := range []string{
		"", "panic: x", `{"level":"INFO","msg":"_aws"}`, `{"_aws":null}`, `{"_aws":{}}`, `{"_aws":"x"}`, `[1]`,
	} {
		assert.False(t, IsLine(text), text)
	}
}
