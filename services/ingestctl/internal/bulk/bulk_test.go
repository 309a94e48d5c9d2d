package bulk

import (
	"bytes"
	"context"
	"errors"
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
		Keep: func(NotAccepted) error { return nil },
	}
}

// keepInto records what is kept.
func (o *Options) keepInto(kept *[]NotAccepted) {
	o.Keep = func(n NotAccepted) error {
		*kept = append(*kept, n)
		return nil
	}
}

func TestRun_countsTheResultOfEachPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(100, 0)
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 100, got.Sent)
		assert.Equal(t, 100, got.Resent)
		assert.Equal(t, map[int]int{200: 100}, got.Statuses)
		assert.Zero(t, got.Failed+got.Refused)
		assert.InDelta(t, 0.2, got.Seconds, 0.001, "5 at once, 10 ms each")
		assert.InDelta(t, 0.010, got.Latencies["p99"], 0.0001)
	})
}

func TestRun_payloadsNotAccepted_areKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(8, 1)
		var kept []NotAccepted
		o.keepInto(&kept)
		o.Send = func(ctx context.Context, body []byte) apiclient.Answer {
			if bytes.Contains(body, []byte("not-a-timestamp")) {
				return apiclient.Answer{Status: 400, Detail: "email_timestream must be a unix timestamp"}
			}
			return answering(ctx, body)
		}
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 2, got.Statuses[403])
		assert.Equal(t, 2, got.Failed)
		assert.Equal(t, 2, got.Refused)
		assert.Zero(t, got.NeverTried)
		assert.Len(t, kept, 4)
		for _, n := range kept {
			assert.Equal(t, n.Status == 400, n.Permanent())
			assert.NotEmpty(t, n.Reason)
		}
	})
}

func TestRefused_isPermanentOrNot(t *testing.T) {
	for status, want := range map[int]bool{0: false, 400: true, 401: false, 403: false, 413: true, 422: true, 429: false, 500: false, 503: false} {
		assert.Equal(t, want, NotAccepted{Status: status}.Permanent(), status)
	}
}

func TestRun_payloadCannotBeKept_stops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space left on device")
		o := options(1000, 1)
		o.Keep = func(NotAccepted) error { return full }
		got, err := Run(t.Context(), o)
		require.ErrorIs(t, err, full)
		assert.Less(t, got.Sent, 100)
		assert.Equal(t, 1000, got.NeverTried+got.Sent)
	})
}

func TestRun_keepsToItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(21, 0)
		o.Rate = 10
		got, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.InDelta(t, 2.0, got.Seconds, 0.1)
	})
}

func TestRun_contextEnds_stopsAndSumsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 105*time.Millisecond)
		defer cancel()
		var sent atomic.Int64
		o := options(1000, 0)
		o.Send = func(ctx context.Context, body []byte) apiclient.Answer {
			sent.Add(1)
			return answering(ctx, body)
		}
		var kept []NotAccepted
		o.keepInto(&kept)
		got, err := Run(ctx, o)
		require.NoError(t, err)
		assert.EqualValues(t, sent.Load(), got.Sent)
		assert.Equal(t, 1000-got.Sent, got.NeverTried)
		assert.Len(t, kept, got.NeverTried, "the rest is kept")
		assert.True(t, kept[0].NeverTried)
		assert.InDelta(t, 55, got.Sent, 5)
	})
}

func TestRun_sourceFails_isAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(1, 0)
		o.Payloads = payloads.NewReader("stdin", strings.NewReader(`{"data":{}} x`)).All()
		got, err := Run(t.Context(), o)
		require.ErrorContains(t, err, "reading stdin, line 1: ")
		assert.Equal(t, 1, got.Sent)
	})
}

func TestSummary_text(t *testing.T) {
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

func TestRun_inputDoesNotEnd_isLeftUnread(t *testing.T) {
	for name, every := range map[string]time.Duration{"silent": time.Hour, "endless": time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			o := options(0, 0)
			var kept []NotAccepted
			o.keepInto(&kept)
			generated := payloads.Generator{Count: 100_000, Seed: 1}.All()
			var yielded atomic.Int64
			o.Patience, o.Payloads = 5*time.Second, func(yield func(payloads.Payload, error) bool) {
				for payload, err := range generated {
					if yielded.Add(1) > 3 {
						<-time.After(every)
					}
					if !yield(payload, err) {
						return
					}
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			got, err := Run(ctx, o)
			require.NoError(t, err)
			assert.True(t, got.Unread, name)
			assert.Equal(t, 6*time.Second, time.Since(began), name)
			assert.Len(t, kept, got.NeverTried, name)
			assert.InDelta(t, yielded.Load(), got.Sent+got.NeverTried, 1, "%s: each payload that was read", name)
			if name == "silent" {
				assert.Equal(t, 3, got.Sent)
			}
			<-time.After(2 * every) // the read that was left behind
		})
	}
}

func TestRun_inputEndsInTime_isReadWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(50, 0)
		o.Patience = time.Second
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got, err := Run(ctx, o)
		require.NoError(t, err)
		assert.False(t, got.Unread)
		assert.Equal(t, 50, got.NeverTried)
	})
}
