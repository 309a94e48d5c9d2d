package publisher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// queue answers after latency with the ids that its functions give, and keeps
// what each call sent.
type queue struct {
	mu      sync.Mutex
	latency time.Duration
	calls   [][]string
	fate    func(call int, body string) Result
}

func (q *queue) call(ctx context.Context, bodies ...[]byte) []Result {
	texts := make([]string, len(bodies))
	for i, body := range bodies {
		texts[i] = string(body)
	}
	q.mu.Lock()
	q.calls = append(q.calls, texts)
	call := len(q.calls)
	q.mu.Unlock()
	select {
	case <-time.After(q.latency):
	case <-ctx.Done():
	}
	results := make([]Result, len(bodies))
	for i, text := range texts {
		results[i] = Result{ID: "id-" + text}
		if q.fate != nil {
			results[i] = q.fate(call, text)
		}
	}
	return results
}

func (q *queue) Send(ctx context.Context, body []byte) (string, error) {
	result := q.call(ctx, body)[0]
	return result.ID, result.Err
}

func (q *queue) SendBatch(ctx context.Context, bodies [][]byte) ([]Result, error) {
	return q.call(ctx, bodies...), nil
}

func publisherOf(q Queue) *Publisher {
	o := Defaults()
	o.Queue, o.Attempts = q, 5
	return New(o)
}

// publishAll publishes n messages at the same time.
func publishAll(t *testing.T, p *Publisher, n int) (failed []error) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		wg.Go(func() {
			body := fmt.Sprint(i)
			id, err := p.Publish(t.Context(), []byte(body))
			if err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
				return
			}
			assert.Equal(t, "id-"+body, id)
		})
	}
	wg.Wait()
	return failed
}

func TestALoneMessageLeavesAtOnceByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		defer p.Close()
		started := time.Now()
		id, err := p.Publish(t.Context(), []byte("a"))
		require.NoError(t, err)
		assert.Equal(t, "id-a", id)
		assert.Equal(t, 10*time.Millisecond, time.Since(started))
		assert.Equal(t, [][]string{{"a"}}, q.calls)
	})
}

func TestNewcomersLeaveTogetherWhileACallIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		defer p.Close()
		require.Empty(t, publishAll(t, p, 26))
		sizes := []int{}
		for _, call := range q.calls {
			sizes = append(sizes, len(call))
		}
		assert.Equal(t, []int{1, 10, 10, 5}, sizes)
	})
}

func TestManyClientsCauseFewCallsAndWaitLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency, clients, rounds = 10 * time.Millisecond, 256, 40
		q := &queue{latency: latency}
		p := publisherOf(q)
		var mu sync.Mutex
		var waits []time.Duration
		var wg sync.WaitGroup
		for client := range clients {
			wg.Go(func() {
				for range rounds {
					started := time.Now()
					_, err := p.Publish(t.Context(), fmt.Append(nil, client))
					if !assert.NoError(t, err) { //nolint:testifylint // not the test's goroutine
						return
					}
					mu.Lock()
					waits = append(waits, time.Since(started))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		p.Close()
		slices.Sort(waits)
		accepted := clients * rounds
		assert.LessOrEqual(t, float64(len(q.calls))*1000/float64(accepted), 130.0)
		assert.LessOrEqual(t, waits[len(waits)*99/100], 4*latency)
	})
}

func TestASteadyStreamWaitsAtMostTwiceACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 10 * time.Millisecond
		q := &queue{latency: latency}
		p := publisherOf(q)
		var mu sync.Mutex
		var waits []time.Duration
		var wg sync.WaitGroup
		for range 2000 {
			wg.Go(func() {
				started := time.Now()
				_, err := p.Publish(t.Context(), []byte("x"))
				if !assert.NoError(t, err) { //nolint:testifylint // not the test's goroutine
					return
				}
				mu.Lock()
				waits = append(waits, time.Since(started))
				mu.Unlock()
			})
			<-time.After(time.Millisecond)
		}
		wg.Wait()
		p.Close()
		slices.Sort(waits)
		assert.LessOrEqual(t, waits[len(waits)*99/100], 2*latency)
	})
}

func TestABatchStaysBelowTheQueuesSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		var wg sync.WaitGroup
		for i := range 8 {
			body := bytes.Repeat([]byte{byte('a' + i)}, 100_000)
			wg.Go(func() {
				_, err := p.Publish(t.Context(), body)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		p.Close()
		for _, call := range q.calls {
			size := 0
			for _, body := range call {
				size += len(body)
			}
			assert.LessOrEqual(t, size, message.MaxBytes)
		}
	})
}

func TestOneSlowCallDoesNotHoldUpTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Second}
		p := publisherOf(q)
		var slow sync.WaitGroup
		slow.Go(func() { _, _ = p.Publish(t.Context(), []byte("slow")) })
		synctest.Wait()
		q.mu.Lock()
		q.latency = time.Millisecond
		q.mu.Unlock()
		started := time.Now()
		_, err := p.Publish(t.Context(), []byte("quick"))
		require.NoError(t, err)
		assert.Equal(t, p.MaxGather+time.Millisecond, time.Since(started))
		slow.Wait()
		p.Close()
	})
}

func TestFailedEntriesAloneAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		q.fate = func(call int, body string) Result {
			if call == 2 && (body == "3" || body == "5") {
				return Result{Err: errors.New("InternalError")}
			}
			return Result{ID: "id-" + body}
		}
		p := publisherOf(q)
		defer p.Close()
		require.Empty(t, publishAll(t, p, 11))
		sent := map[string]int{}
		for _, call := range q.calls {
			for _, body := range call {
				sent[body]++
			}
		}
		again := 0
		for _, times := range sent {
			again += times - 1
		}
		assert.Len(t, sent, 11)
		assert.LessOrEqual(t, again, 2)
	})
}

func TestAnEntryFailsWhenItsAttemptsAreUsedUpOrItIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passing, refused := errors.New("InternalError"), errors.New("InvalidMessageContents")
		q := &queue{latency: 10 * time.Millisecond}
		q.fate = func(_ int, body string) Result {
			switch body {
			case "passing":
				return Result{Err: passing}
			case "refused":
				return Result{Err: refused, Final: true}
			}
			return Result{ID: "id"}
		}
		p := publisherOf(q)
		defer p.Close()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Publish(t.Context(), []byte("first")) })
		synctest.Wait()
		for body, want := range map[string]error{"passing": passing, "refused": refused} {
			wg.Go(func() {
				_, err := p.Publish(t.Context(), []byte(body))
				assert.ErrorIs(t, err, want)
			})
		}
		wg.Wait()
		times := map[string]int{}
		for _, call := range q.calls {
			for _, body := range call {
				times[body]++
			}
		}
		assert.Equal(t, 1, times["refused"])
		assert.LessOrEqual(t, times["passing"], 5)
	})
}

// failing is a queue that is down.
type failing struct{ err error }

func (f failing) Send(context.Context, []byte) (string, error) { return "", f.err }

func (f failing) SendBatch(context.Context, [][]byte) ([]Result, error) { return nil, f.err }

func TestACallThatFailsFailsAllItsEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		p := publisherOf(failing{down})
		defer p.Close()
		failed := publishAll(t, p, 25)
		require.Len(t, failed, 25)
		for _, err := range failed {
			require.ErrorIs(t, err, down)
		}
	})
}

func TestTheWaitingRoomIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults()
		q := &queue{latency: time.Second}
		o.Queue, o.Attempts, o.MaxCalls, o.MaxWaiting = q, 1, 1, 3
		p := New(o)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := p.Publish(t.Context(), []byte("x"))
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		_, err := p.Publish(t.Context(), []byte("over"))
		require.ErrorIs(t, err, ErrOverloaded)
		wg.Wait()
		_, err = p.Publish(t.Context(), []byte("later"))
		require.NoError(t, err, "room again")
		p.Close()
	})
}

func TestTheWaitingRoomIsBoundedInBytes(t *testing.T) {
	o := Defaults()
	o.Queue, o.MaxWaitingBytes = &queue{}, 10
	p := New(o)
	_, err := p.Publish(t.Context(), make([]byte, 11))
	assert.ErrorIs(t, err, ErrOverloaded)
}

func TestACallerThatLeavesBeforeItsTurnIsNotSentFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		o := Defaults()
		o.Queue, o.Attempts, o.MaxCalls = q, 1, 1
		p := New(o)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Publish(t.Context(), []byte("out")) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := p.Publish(ctx, []byte("left"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		p.Close()
		assert.Equal(t, [][]string{{"out"}}, q.calls)
		assert.Zero(t, p.room)
		assert.Zero(t, p.roomBytes)
	})
}

func TestACallerThatLeavesLaterIsSentForAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: time.Second}
		p := publisherOf(q)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := p.Publish(ctx, []byte("out"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		p.Close()
		assert.Equal(t, [][]string{{"out"}}, q.calls)
	})
}

func TestPauseGrowsToItsCeiling(t *testing.T) {
	for attempts := 1; attempts < 70; attempts++ {
		require.LessOrEqual(t, pause(attempts), 2*time.Second)
		require.Positive(t, pause(attempts))
	}
}
