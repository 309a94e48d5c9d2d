package publisher

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	// result is that of a body, by how often it has been sent and in how large a
	// batch it is now.
	result func(times, batch int, body string) Result
	sent   map[string]int
}

func (q *queue) call(ctx context.Context, messages ...Message) []Result {
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = string(m.Body)
	}
	q.mu.Lock()
	q.calls = append(q.calls, texts)
	q.mu.Unlock()
	select {
	case <-time.After(q.latency):
	case <-ctx.Done():
	}
	results := make([]Result, len(messages))
	for i, text := range texts {
		results[i] = Result{ID: "id-" + text}
		if q.result != nil {
			results[i] = q.result(q.count(text), len(texts), text)
		}
	}
	return results
}

func (q *queue) count(body string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sent == nil {
		q.sent = map[string]int{}
	}
	q.sent[body]++
	return q.sent[body]
}

func (q *queue) Send(ctx context.Context, m Message) (string, error) {
	result := q.call(ctx, m)[0]
	return result.ID, result.Err
}

func (q *queue) SendBatch(ctx context.Context, messages []Message) ([]Result, error) {
	return q.call(ctx, messages...), nil
}

func publisherOf(q Queue) *Publisher {
	o := Defaults()
	o.Queue, o.Attempts = q, 5
	return New(o)
}

// closeAll closes a publisher after all its messages have their result.
func closeAll(t *testing.T, p *Publisher) {
	t.Helper()
	assert.NoError(t, p.Close(context.WithoutCancel(t.Context())))
}

// publishAll publishes n messages at the same time.
func publishAll(t *testing.T, p *Publisher, n int) (failed []error) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		wg.Go(func() {
			body := fmt.Sprint(i)
			id, err := p.Publish(t.Context(), Message{Body: []byte(body)})
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

func TestLoneMessage_isSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		defer closeAll(t, p)
		started := time.Now()
		id, err := p.Publish(t.Context(), Message{Body: []byte("a")})
		require.NoError(t, err)
		assert.Equal(t, "id-a", id)
		assert.Equal(t, 10*time.Millisecond, time.Since(started))
		assert.Equal(t, [][]string{{"a"}}, q.calls)
	})
}

func TestMessages_whileACallIsInFlight_areSentTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		p := publisherOf(q)
		defer closeAll(t, p)
		require.Empty(t, publishAll(t, p, 26))
		sizes := []int{}
		for _, call := range q.calls {
			sizes = append(sizes, len(call))
		}
		assert.ElementsMatch(t, []int{1, 10, 10, 5}, sizes)
	})
}

func TestManyClients_causeFewCallsAndWaitLittle(t *testing.T) {
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
					_, err := p.Publish(t.Context(), Message{Body: fmt.Append(nil, client)})
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
		closeAll(t, p)
		slices.Sort(waits)
		accepted := clients * rounds
		assert.LessOrEqual(t, float64(len(q.calls))*1000/float64(accepted), 130.0)
		assert.LessOrEqual(t, waits[len(waits)*99/100], 4*latency)
	})
}

func TestSteadyStream_waitsAtMostTwiceACall(t *testing.T) {
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
				_, err := p.Publish(t.Context(), Message{Body: []byte("x")})
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
		closeAll(t, p)
		slices.Sort(waits)
		assert.LessOrEqual(t, waits[len(waits)*99/100], 2*latency)
	})
}
