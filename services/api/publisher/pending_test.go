package publisher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPending_isBoundedInNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults()
		q := &queue{latency: time.Second}
		o.Queue, o.Attempts, o.MaxCalls, o.MaxPending = q, 1, 1, 3
		p := New(o)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := p.Publish(t.Context(), Message{Body: []byte("x")})
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		_, err := p.Publish(t.Context(), Message{Body: []byte("over")})
		require.ErrorIs(t, err, ErrOverloaded)
		wg.Wait()
		_, err = p.Publish(t.Context(), Message{Body: []byte("later")})
		require.NoError(t, err, "the bound is free again")
		closeAll(t, p)
	})
}

func TestPending_isBoundedInBytes(t *testing.T) {
	o := Defaults()
	o.Queue, o.MaxPendingBytes = &queue{}, 10
	p := New(o)
	_, err := p.Publish(t.Context(), Message{Body: make([]byte, 11)})
	require.ErrorIs(t, err, ErrOverloaded)
	closeAll(t, p)
}

func TestPending_clientLeaves_isNotSentAndReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		o := Defaults()
		o.Queue, o.Attempts, o.MaxCalls = q, 1, 1
		p := New(o)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("out")}) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := p.Publish(ctx, Message{Body: []byte("left")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		closeAll(t, p)
		assert.Equal(t, [][]string{{"out"}}, q.calls)
		assert.Zero(t, p.held)
		assert.Zero(t, p.heldBytes)
	})
}

func TestBatch_staysBelowTheMaximumSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		var wg sync.WaitGroup
		for i := range 8 {
			body := bytes.Repeat([]byte{byte('a' + i)}, 100_000)
			wg.Go(func() {
				_, err := p.Publish(t.Context(), Message{Body: body})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		closeAll(t, p)
		for _, call := range q.calls {
			size := 0
			for _, body := range call {
				size += len(body)
			}
			assert.LessOrEqual(t, size, message.MaxBytes)
		}
	})
}

func TestSlowCall_doesNotDelayTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Second}
		p := publisherOf(q)
		var slow sync.WaitGroup
		slow.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("slow")}) })
		synctest.Wait()
		q.mu.Lock()
		q.latency = time.Millisecond
		q.mu.Unlock()
		started := time.Now()
		_, err := p.Publish(t.Context(), Message{Body: []byte("quick")})
		require.NoError(t, err)
		assert.Equal(t, p.options.MaxGather+time.Millisecond, time.Since(started))
		slow.Wait()
		closeAll(t, p)
	})
}

func TestInFlight_clientLeaves_isAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		p := publisherOf(q)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		id, err := p.Publish(ctx, Message{Body: []byte("out")})
		require.NoError(t, err, "the queue takes the message of a client that has gone")
		assert.Equal(t, "id-out", id)
		closeAll(t, p)
		assert.Equal(t, [][]string{{"out"}}, q.calls)
	})
}

func TestPending_tooLong_isRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults()
		q := &queue{latency: 8 * time.Second}
		o.Queue, o.Attempts, o.MaxCalls = q, 1, 1
		p := New(o)
		var refused atomic.Int64
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				if _, err := p.Publish(t.Context(), Message{Body: []byte("x")}); err != nil {
					assert.ErrorIs(t, err, ErrOverloaded)
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		closeAll(t, p)
		assert.EqualValues(t, 19, refused.Load(), "1 is sent at once, 10 after 8 s; the rest would be after 16 s")
		assert.Zero(t, p.held)
		assert.Zero(t, p.heldBytes)
	})
}

func TestPending_queueHangs_isRefusedAfterMaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 19 * time.Second}
		o := Defaults()
		o.Queue, o.Attempts, o.MaxCalls = q, 1, 1
		p := New(o)
		var first sync.WaitGroup
		first.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("hangs")}) })
		synctest.Wait()
		started := time.Now()
		_, err := p.Publish(t.Context(), Message{Body: []byte("x")})
		require.ErrorIs(t, err, ErrOverloaded)
		assert.Equal(t, o.MaxWait, time.Since(started))
		first.Wait()
		closeAll(t, p)
	})
}

func TestPending_clientsLeave_keepsNoBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults()
		o.Queue, o.Attempts, o.MaxCalls = &queue{latency: time.Minute}, 1, 1
		p := New(o)
		var clients sync.WaitGroup
		clients.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("hangs")}) })
		synctest.Wait()
		for range 1000 {
			ctx, cancel := context.WithCancel(t.Context())
			clients.Go(func() {
				_, err := p.Publish(ctx, Message{Body: make([]byte, 1000)})
				assert.ErrorIs(t, err, context.Canceled)
			})
			synctest.Wait()
			cancel()
			synctest.Wait()
			require.Empty(t, p.pending)
			require.Zero(t, p.heldBytes)
		}
		p.mu.Lock()
		for _, removed := range p.pending[:cap(p.pending)] {
			assert.Nil(t, removed, "nothing refers to the entry any more")
		}
		p.mu.Unlock()
		clients.Wait()
		closeAll(t, p)
	})
}

func TestPaused_clientLeaves_isNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		q.result = func(_, batch int, body string) Result {
			if batch > 1 {
				return Result{Err: errors.New("InternalError")}
			}
			return Result{ID: "id-" + body}
		}
		p := publisherOf(q)
		var clients sync.WaitGroup
		clients.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("lone")}) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for _, body := range []string{"a", "b"} {
			clients.Go(func() {
				_, err := p.Publish(ctx, Message{Body: []byte(body)})
				assert.ErrorIs(t, err, context.Canceled)
			})
		}
		<-time.After(p.options.MaxGather + time.Second + time.Millisecond)
		synctest.Wait()
		p.mu.Lock()
		require.Equal(t, 2, p.held, "both are paused")
		p.mu.Unlock()
		cancel()
		clients.Wait()
		assert.Zero(t, p.held)
		closeAll(t, p)
		assert.Len(t, q.calls, 2)
	})
}

func TestTimer_wakesForTheNextOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		p := publisherOf(q)
		var wg sync.WaitGroup
		publish := func(body string) {
			wg.Go(func() {
				_, err := p.Publish(t.Context(), Message{Body: []byte(body)})
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		publish("a")
		started := time.Now()
		publish("b")
		<-time.After(p.options.MaxGather - time.Millisecond)
		for i := range 9 {
			publish(fmt.Sprint(i))
		}
		publish("late")
		<-time.After(p.options.MaxGather)
		synctest.Wait()
		q.mu.Lock()
		assert.Len(t, q.calls, 3, "after %s", time.Since(started))
		assert.Equal(t, []string{"late"}, q.calls[2])
		q.mu.Unlock()
		wg.Wait()
		closeAll(t, p)
	})
}

func TestPublish_steadyRate_waitsHalfACallAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency, messages = 10 * time.Millisecond, 2000
		q := &queue{latency: latency}
		p := publisherOf(q)
		random := rand.New(rand.NewPCG(1, 2))
		took := make([]time.Duration, messages)
		var wg sync.WaitGroup
		for i := range took { // 1,000 a second
			<-time.After(time.Duration(random.ExpFloat64() * float64(time.Millisecond)))
			wg.Go(func() {
				started := time.Now()
				_, err := p.Publish(t.Context(), Message{Body: []byte("x")})
				took[i] = time.Since(started)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		slices.Sort(took)
		assert.LessOrEqual(t, took[messages*99/100], latency+latency/2)
		assert.Less(t, len(q.calls), messages/4, "and calls are shared")
		closeAll(t, p)
	})
}
