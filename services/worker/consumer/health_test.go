package consumer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIdleIsHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newSimQueue(0), newSimStore(), func(o *Options) { o.SleepOnEmpty = 10 * time.Minute })
		for range 100 {
			elapse(30 * time.Second)
			require.NoError(t, c.Healthy())
		}
		c.stop()
	})
}

// deaf is a queue whose polls hang whatever their context says.
type deaf struct {
	*simQueue
	release chan struct{}
}

func (q deaf) Receive(context.Context, ReceiveRequest) ([]Delivery, error) {
	<-q.release
	return nil, nil
}

func TestAPollThatHangsIsUnhealthyAfterStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := deaf{newSimQueue(0), make(chan struct{})}
		c := start(t, q, newSimStore(), nil)
		elapse(c.PollWait + Stall - time.Second)
		require.NoError(t, c.Healthy())
		elapse(2 * time.Second)
		require.ErrorContains(t, c.Healthy(), "poller 1 has not moved for")
		close(q.release)
		c.stop()
	})
}

func TestLoopsThatWaitForEachOtherAreUnhealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		c := start(t, q, s, nil)
		elapse(time.Hour)
		require.NoError(t, c.Healthy(), "nothing in hand, nothing to do")
		// A message that no loop knows of.
		require.True(t, c.hand.reserve(t.Context(), 1))
		lost := &item{receivedAt: time.Now(), stage: stored}
		c.hand.shown(lost, time.Now(), MaxInFlight)
		c.hand.take(lost)
		c.moved()
		require.NoError(t, c.Healthy())
		elapse(Stall + time.Second)
		require.ErrorContains(t, c.Healthy(), "1 messages are in hand and nothing has moved")
		c.stop()
	})
}
