package consumer

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVisibility_halfOver_isExtendedInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(40), newSimStore()
		q.fail = func(op string) error { return when(op == "DeleteBatch", errDown) }
		c := start(t, q, s, nil)
		elapse(29 * time.Second)
		assert.Empty(t, q.batches("ChangeVisibilityBatch"))
		elapse(9 * time.Second)
		assert.Equal(t, []int{10, 10, 10, 10}, q.batches("ChangeVisibilityBatch"))
		elapse(10 * time.Minute)
		assert.LessOrEqual(t, len(q.batches("ChangeVisibilityBatch")), 4*22)
		assert.Equal(t, 1, q.mostReceives())
		c.stop()
	})
}

func TestVisibility_shortest_isExtended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.latency = 10 * time.Millisecond
		outage(s, time.Hour)
		c := start(t, q, s, func(o *Options) { o.Visibility = time.Second })
		for i := range 50 {
			q.send(fmt.Sprint("m", i))
			elapse(100 * time.Millisecond)
		}
		elapse(30 * time.Minute)
		assert.Equal(t, 1, q.mostReceives())
		assert.NotContains(t, c.log.String(), "can be extended no further")
		c.stop()
	})
}

func TestVisibility_differentAges_shareExtensions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.fail = func(op string) error { return when(op == "DeleteBatch", errDown) }
		c := start(t, q, s, nil)
		for i := range 10 {
			q.send(fmt.Sprint("m", i))
			elapse(5 * time.Second)
		}
		elapse(5 * time.Minute)
		calls := len(q.batches("ChangeVisibilityBatch"))
		elapse(10 * time.Minute)
		assert.InDelta(t, 20, len(q.batches("ChangeVisibilityBatch"))-calls, 7, "one call a half-time")
		assert.Equal(t, 1, q.mostReceives())
		c.stop()
	})
}

func TestVisibility_failedCallsAndEntries_areExtendedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(20), newSimStore()
		outage(s, time.Hour)
		began := time.Now()
		failing := func(op string, part time.Duration) error {
			return when(op == "ChangeVisibilityBatch" && time.Since(began)%(30*time.Second) < part, errDown)
		}
		q.fail = func(op string) error { return failing(op, 15*time.Second) }
		q.failEntry = func(op, id string) error {
			if id != "m0001" {
				return nil
			}
			return failing(op, 20*time.Second)
		}
		c := start(t, q, s, nil)
		elapse(30 * time.Minute)
		assert.Equal(t, 1, q.mostReceives())
		c.stop()
	})
}

func TestVisibility_lost_messageIsLeftToItsNextReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(5), newSimStore()
		outage(s, 20*time.Minute)
		q.failEntry = func(op, _ string) error {
			if op == "ChangeVisibilityBatch" {
				return fmt.Errorf("%w: ReceiptHandleIsInvalid", ErrPermanent)
			}
			return nil
		}
		c := start(t, q, s, nil)
		elapse(2 * time.Minute)
		q.change(func() { q.failEntry = nil })
		elapse(20 * time.Minute)
		c.stop()
		assert.Equal(t, 5, s.count())
		assert.Zero(t, q.left())
		assert.Empty(t, q.dead())
	})
}

func TestDue_timeout_isWithinSQSLimit(t *testing.T) {
	f := newInFlight(1, 1)
	received := time.Now()
	m := newMessage(Delivery{}, Name{Key: "key"}, received)
	f.add(0, []*message{m}, time.Hour)
	now := received
	for !m.notExtendable {
		now = now.Add(time.Hour / ticks)
		extend, _ := f.due(now, time.Hour)
		for _, e := range extend {
			require.False(t, now.Add(e.timeout).After(received.Add(MaxInFlight)))
			require.Zero(t, e.timeout%time.Second)
			f.extended(m, now, e.timeout)
		}
	}
	assert.InDelta(t, MaxInFlight.Hours(), m.hiddenUntil.Sub(received).Hours(), 0.01)
	assert.False(t, m.hasExpired(m.hiddenUntil))
	assert.True(t, m.hasExpired(m.hiddenUntil.Add(time.Second)))
}
