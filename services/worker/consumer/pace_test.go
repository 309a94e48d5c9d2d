package consumer

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPace_loneMessage_isReceivedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := startWarm(t, q, s, nil)
		for i := range 20 {
			elapse(gather + time.Duration(i)*100*time.Millisecond)
			q.send(fmt.Sprintf("m%d", i))
			synctest.Wait()
			require.Equal(t, i+1, s.count())
		}
		c.stop()
	})
}

func TestPace_steadyRate_fillsReceives(t *testing.T) {
	for rate, most := range map[int]int{20: 500, 200: 170, 2000: 130} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, s := newSimQueue(0), newSimStore()
				q.latency = 10 * time.Millisecond
				c := startWarm(t, q, s, nil)
				const messages = 1000
				for i := range messages {
					elapse(time.Second / time.Duration(rate))
					q.send(fmt.Sprintf("m%04d", i))
				}
				elapse(gather + 2*q.latency)
				assert.Equal(t, messages, s.count(), "the last message waits no longer than that")
				assert.LessOrEqual(t, len(q.batches("Receive")), most)
				c.stop()
			})
		})
	}
}

// sparing is a queue that returns fewer messages than it has, as SQS may.
type sparing struct{ *simQueue }

func (q sparing) Receive(ctx context.Context, request ReceiveRequest) ([]Delivery, error) {
	request.Max = min(request.Max, 4)
	return q.simQueue.Receive(ctx, request)
}

func TestPace_oldMessages_areReceivedWithoutPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1000), newSimStore()
		q.latency = 10 * time.Millisecond
		elapse(2 * fresh)
		c := startWarm(t, sparing{q}, s, nil)
		elapse((1000/2/4 + 5) * q.latency)
		assert.Equal(t, 1000, s.count())
		c.stop()
	})
}

// hanging is a queue whose first receive does not return before its end.
type hanging struct {
	*simQueue
	calls *atomic.Int64
}

func (q hanging) Receive(ctx context.Context, request ReceiveRequest) ([]Delivery, error) {
	if q.calls.Add(1) == 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return q.simQueue.Receive(ctx, request)
}

func TestPace_pollThatHangs_delaysTheOthersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		c := startWarm(t, hanging{q, new(atomic.Int64)}, s, nil)
		elapse(single)
		synctest.Wait()
		assert.Equal(t, 1, s.count())
		c.stop()
	})
}

func TestPace_manyPollersAndFewMessages_noneCountsAsStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := startWarm(t, q, s, func(o *Options) { o.Pollers = 16 })
		for i := range 2 * 3600 {
			elapse(single - gather)
			q.send(fmt.Sprintf("m%d", i))
			require.Empty(t, c.Health().Stalled, "after %d messages", i)
		}
		c.stop()
	})
}
