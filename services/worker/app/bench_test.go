package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/stretchr/testify/require"
)

// cannedAWS answers the worker's calls without a network: receives with full batches
// of 2 KB messages until there are no more.
type cannedAWS struct {
	receive, deleted string
	left             atomic.Int64
	stored           atomic.Int64
	total            int64
	done             context.CancelFunc
}

func newCannedAWS(b *testing.B, done context.CancelFunc) *cannedAWS {
	b.Helper()
	body := fmt.Sprintf(`{"email_subject": "subject", "email_sender": "sender@example.com", "email_timestream": 1693561101, `+
		`"email_content": %q, "received_at": "2026-01-02T03:04:05.000006+00:00"}`, strings.Repeat("x", 1800))
	var messages, results []map[string]any
	for i := range 10 {
		messages = append(messages, map[string]any{
			"MessageId": fmt.Sprintf("9f6ba0d3-0000-4000-8000-00000000000%d", i), "ReceiptHandle": strings.Repeat("h", 300),
			"Body":       body,
			"Attributes": map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1767322800000"},
		})
		results = append(results, map[string]any{"Id": fmt.Sprint(i)})
	}
	receive, err := json.Marshal(map[string]any{"Messages": messages})
	require.NoError(b, err)
	deleted, err := json.Marshal(map[string]any{"Successful": results, "Failed": []string{}})
	require.NoError(b, err)
	return &cannedAWS{receive: string(receive), deleted: string(deleted), done: done}
}

func (c *cannedAWS) Do(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	content := ""
	switch target := r.Header.Get("X-Amz-Target"); {
	case r.Method == http.MethodPut:
		if c.stored.Add(1) == c.total {
			c.done()
		}
	case strings.HasSuffix(target, ".DeleteMessageBatch"):
		content = c.deleted
	case c.left.Add(-10) < 0:
		<-r.Context().Done()
		return nil, r.Context().Err()
	default:
		content = c.receive
	}
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader([]byte(content))),
		Header: http.Header{"Date": {"Fri, 02 Jan 2026 03:00:00 GMT"}},
	}, nil
}

// BenchmarkWorker moves messages with canned answers of AWS, and reports the
// processor time and the allocations of each.
func BenchmarkWorker(b *testing.B) {
	ctx, done := context.WithCancel(b.Context())
	defer done()
	s, err := settings.Read[Settings](environ())
	require.NoError(b, err)
	canned := newCannedAWS(b, done)
	configuration, err := awsconf.Load(ctx, awsconf.Options{
		Region: s.Region, MaxAttempts: s.MaxAttempts, Connections: s.connections(),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	require.NoError(b, err)
	configuration.HTTPClient = canned
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // encoding the records counts
	worker, err := newConsumer(s, service.Options{Logger: logger}, configuration)
	require.NoError(b, err)

	canned.total = int64(max(b.N/10, 1) * 10)
	canned.left.Store(canned.total)
	before := cpuTime(b)
	b.ReportAllocs()
	b.ResetTimer()
	worker.Run(ctx)
	b.ReportMetric(float64(cpuTime(b)-before)/1e3/float64(canned.total), "cpu-s/million")
}

// cpuTime is the processor time of this process so far, in ns.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}
