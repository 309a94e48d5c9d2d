package consumer

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a consumer that runs.
type running struct {
	*Consumer
	log  *proctest.Log
	stop func() time.Duration // stops it and returns how long that took
}

// start runs a consumer with default settings, except what change alters.
func start(t *testing.T, q Queue, s Store, change func(*Options)) *running {
	t.Helper()
	return startAfter(t, q, s, 0, change)
}

// startWarm does the same for a consumer that has stored a message before, and
// so takes many.
func startWarm(t *testing.T, q Queue, s Store, change func(*Options)) *running {
	t.Helper()
	return startAfter(t, q, s, 1, change)
}

func startAfter(t *testing.T, q Queue, s Store, stored int, change func(*Options)) *running {
	t.Helper()
	log := &proctest.Log{}
	o := Options{
		Queue: q, Store: s,
		Name: func(d Delivery) (Name, error) {
			if strings.HasPrefix(d.ID, "poison") {
				return Name{}, errors.New("no JSON object")
			}
			if d.IdempotencyKey != "" {
				return Name{Key: "emails/keyed/" + d.IdempotencyKey, Digest: string(d.Body)}, nil
			}
			return Name{Key: "emails/" + d.ID}, nil
		},
		Logger:  slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Pollers: 2, MaxMessages: 10, PollWait: 20 * time.Second, Visibility: time.Minute, UploadConcurrency: 32,
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	require.NoError(t, err)
	c.inFlight.stored = stored
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { c.Run(ctx); close(ended) }()
	return &running{Consumer: c, log: log, stop: func() time.Duration {
		began := time.Now()
		cancel()
		<-ended
		return time.Since(began)
	}}
}

// elapse lets d pass on the clock of the test's bubble.
func elapse(d time.Duration) { backoff.Sleep(context.Background(), d) }
