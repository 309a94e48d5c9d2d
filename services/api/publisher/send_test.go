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

func TestSend_failedEntries_aloneAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{latency: 10 * time.Millisecond}
		q.result = func(times, batch int, body string) Result {
			if times == 1 && batch > 1 && (body == "3" || body == "5") {
				return Result{Err: errors.New("InternalError")}
			}
			return Result{ID: "id-" + body}
		}
		p := publisherOf(q)
		defer closeAll(t, p)
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
		// One of the eleven leaves alone, and it may be one of the two.
		assert.Contains(t, []int{1, 2}, again)
	})
}

func TestSend_attemptsUsedUpOrPermanent_entryFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passing, refused := errors.New("InternalError"), errors.New("InvalidMessageContents")
		q := &queue{latency: 10 * time.Millisecond}
		q.result = func(_, _ int, body string) Result {
			switch body {
			case "passing":
				return Result{Err: passing}
			case "refused":
				return Result{Err: refused, Permanent: true}
			}
			return Result{ID: "id"}
		}
		p := publisherOf(q)
		defer closeAll(t, p)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Publish(t.Context(), Message{Body: []byte("first")}) })
		synctest.Wait()
		for body, want := range map[string]error{"passing": passing, "refused": refused} {
			wg.Go(func() {
				_, err := p.Publish(t.Context(), Message{Body: []byte(body)})
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

func (f failing) Send(context.Context, Message) (string, error) { return "", f.err }

func (f failing) SendBatch(context.Context, []Message) ([]Result, error) { return nil, f.err }

func TestSend_callFails_allItsEntriesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		p := publisherOf(failing{down})
		defer closeAll(t, p)
		failed := publishAll(t, p, 25)
		require.Len(t, failed, 25)
		for _, err := range failed {
			require.ErrorIs(t, err, down)
		}
	})
}

func TestPause_growsToItsMaximum(t *testing.T) {
	for attempts := 1; attempts < 70; attempts++ {
		require.LessOrEqual(t, retryDelay.After(attempts), 2*time.Second)
		require.Positive(t, retryDelay.After(attempts))
	}
}
