package consumer

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStop_finishesUploadsAndReturnsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(100), newSimStore()
		q.latency, s.latency = 10*time.Millisecond, 3*time.Second
		c := startWarm(t, q, s, func(o *Options) { o.UploadConcurrency = 4 })
		elapse(time.Second)
		require.Equal(t, 4, s.atOnce())
		inFlight := c.inFlight.count()

		took := c.stop()

		assert.InDelta(t, 2, took.Seconds(), 0.2, "the time that the uploads under way needed")
		assert.Equal(t, 4, s.count())
		assert.Equal(t, 96, q.left())
		assert.Equal(t, 96, q.visible(), "at once")
		assert.Equal(t, Stats{
			Received: int64(inFlight), Stored: 4, Deleted: 4, Returned: int64(inFlight) - 4,
		}, c.Stats())
		assert.Zero(t, c.inFlight.count())
	})
}

func TestStop_endsUploadsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(20), newSimStore()
		s.latency = time.Hour
		c := startWarm(t, q, s, nil)
		elapse(time.Second)

		took := c.stop()

		assert.InDelta(t, finishUploads.Seconds(), took.Seconds(), 0.2)
		assert.Equal(t, 20, q.visible())
	})
}

func TestStop_duringAnOutage_returnsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(100), newSimStore()
		outage(s, time.Hour)
		c := startWarm(t, q, s, nil)
		elapse(10 * time.Minute)

		took := c.stop()

		assert.Less(t, took, time.Second)
		assert.Equal(t, 100, q.visible())
	})
}

func TestStop_endsInTimeThoughNothingAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(100), newSimStore()
		s.latency = time.Second
		c := startWarm(t, q, s, func(o *Options) { o.UploadConcurrency, o.Visibility = 4, 8*time.Second })
		elapse(1500 * time.Millisecond)
		q.change(func() { q.latency = time.Hour })
		elapse(8 * time.Second)
		s.change(func() { s.latency = time.Hour })
		elapse(time.Second)

		assert.LessOrEqual(t, c.stop(), StopWithin)
		assert.Less(t, StopWithin, 25*time.Second)
	})
}

func TestStop_deletesWhatIsStoredThoughDeletesFailAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(25), newSimStore()
		var deletes atomic.Int64
		q.fail = func(op string) error {
			return when(op == "DeleteBatch" && deletes.Add(1) <= 6, errDown)
		}
		c := startWarm(t, q, s, nil)
		elapse(10 * time.Millisecond)
		require.Equal(t, 25, s.count())
		c.stop()
		assert.Zero(t, q.left())
	})
}

// answersAtCancel returns messages though the poll was cancelled, as a queue
// does whose answer was in flight.
type answersAtCancel struct{ *simQueue }

func (q answersAtCancel) Receive(ctx context.Context, request ReceiveRequest) ([]Delivery, error) {
	<-ctx.Done()
	request.Wait = 0
	return q.simQueue.Receive(context.WithoutCancel(ctx), request)
}

func TestStop_pollThatAnswersMeanwhile_losesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(20), newSimStore()
		c := startWarm(t, answersAtCancel{q}, s, nil)
		elapse(2 * single) // both poll
		c.stop()
		assert.Equal(t, 20, q.visible())
		assert.Zero(t, s.count())
		assert.Equal(t, int64(20), c.Stats().Returned)
	})
}
