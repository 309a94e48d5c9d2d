package bulk

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answering takes 10 ms for each payload and refuses those with a wrong token.
func answering(_ context.Context, body []byte) apiclient.Answer {
	<-time.After(10 * time.Millisecond)
	if bytes.Contains(body, []byte("wrong-token")) {
		return apiclient.Answer{Status: 403, Attempts: 1, Latency: 10 * time.Millisecond}
	}
	return apiclient.Answer{Status: 200, Attempts: 2, Latency: 10 * time.Millisecond}
}

func options(count int, bad float64) Options {
	return Options{
		Send: answering, Payloads: payloads.Generator{Count: count, Seed: 1, Bad: bad}.All(),
		Token: "right", Concurrency: 5, Progress: func(int) {},
	}
}

func TestRunCountsWhatBecameOfEachPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(100, 0)
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 100, got.Sent)
		assert.Equal(t, 100, got.Resent)
		assert.Equal(t, map[int]int{200: 100}, got.Statuses)
		assert.Empty(t, got.Failed)
		assert.InDelta(t, 0.2, got.Seconds, 0.001, "5 at once, 10 ms each")
		assert.InDelta(t, 10, got.Latencies["p99"], 0.1)
	})
}

func TestRunKeepsWhatWasNotAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := Run(t.Context(), options(8, 1))
		require.NoError(t, err)
		assert.Equal(t, 2, got.Statuses[403])
		assert.Len(t, got.Failed, 2)
	})
}

func TestRunKeepsToItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(21, 0)
		o.Rate = 10
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.InDelta(t, 2.0, got.Seconds, 0.1)
	})
}

func TestRunStopsWithItsContextAndSumsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 105*time.Millisecond)
		defer cancel()
		var sent atomic.Int64
		o := options(1000, 0)
		o.Send = func(ctx context.Context, body []byte) apiclient.Answer {
			sent.Add(1)
			return answering(ctx, body)
		}
		got, err := Run(ctx, o)
		require.NoError(t, err)
		assert.EqualValues(t, sent.Load(), got.Sent)
		assert.InDelta(t, 55, got.Sent, 5)
	})
}

func TestRunSaysWhatIsWrongWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(1, 0)
		o.Payloads = payloads.Read(strings.NewReader(`{"data":{}} x`))
		got, err := Run(t.Context(), o)
		require.ErrorContains(t, err, "reading payload 2")
		assert.Equal(t, 1, got.Sent)
	})
}

func TestTheSummaryIsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(10, 0)
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		var out bytes.Buffer
		got.Write(&out)
		assert.Equal(t, `10 sent in 0.0 s (500 a second), 10 attempts repeated
  200        10
latency p50 10.0 ms, p90 10.0 ms, p99 10.0 ms, max 10.0 ms
  <     16 ms ######################################## 10
`, out.String())
	})
}
