package publisher

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClose_newMessagesAreRefusedAndPendingFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		p := publisherOf(q)
		var wg sync.WaitGroup
		wg.Go(func() { assert.Empty(t, publishAll(t, p, 50)) })
		synctest.Wait()
		wg.Go(func() { closeAll(t, p) })
		synctest.Wait()
		_, err := p.Publish(t.Context(), Message{Body: []byte("late")})
		require.ErrorIs(t, err, ErrClosed)
		wg.Wait()
	})
}

func TestClose_finishesRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		q.result = func(times, batch int, body string) Result {
			if times == 1 && batch > 1 {
				return Result{Err: errors.New("InternalError")}
			}
			return Result{ID: "id-" + body}
		}
		p := publisherOf(q)
		var wg sync.WaitGroup
		wg.Go(func() { assert.Empty(t, publishAll(t, p, 11)) })
		synctest.Wait()
		closeAll(t, p)
		wg.Wait()
		assert.Greater(t, len(q.calls), 2)
	})
}

func TestClose_callHangs_isAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Hour}
		q.result = func(int, int, string) Result { return Result{Err: context.Canceled} }
		p := publisherOf(q)
		var wg sync.WaitGroup
		wg.Go(func() { assert.Len(t, publishAll(t, p, 15), 15) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		require.EqualError(t, p.Close(ctx), "finishing what is being sent: context deadline exceeded")
		assert.Equal(t, time.Second, time.Since(started))
		wg.Wait()
	})
}

func TestPending_clientLeaves_hasTheGrace(t *testing.T) {
	for name, test := range map[string]struct {
		latency, ends time.Duration
		sent          bool
	}{
		"a call ends within it": {latency: 300 * time.Millisecond, ends: 600 * time.Millisecond, sent: true},
		"no call ends":          {latency: 10 * time.Second, ends: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queue{latency: test.latency}
				o := Defaults()
				o.Queue, o.Attempts, o.MaxCalls, o.Grace = q, 1, 1, time.Second
				p := New(o)
				began := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("first")}) })
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				id, err := p.Publish(ctx, Message{Body: []byte("second")})
				assert.Equal(t, test.ends, time.Since(began))
				if test.sent {
					require.NoError(t, err)
					assert.Equal(t, "id-second", id)
				} else {
					require.ErrorIs(t, err, ErrNotSent)
				}
				wg.Wait()
				closeAll(t, p)
				assert.Len(t, q.calls, map[bool]int{true: 2, false: 1}[test.sent])
			})
		})
	}
}
