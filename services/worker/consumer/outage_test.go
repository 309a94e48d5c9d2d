package consumer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outage makes s fail for d from now.
func outage(s *simStore, d time.Duration) {
	began := time.Now()
	s.fail = func(string) error { return when(time.Since(began) < d, errDown) }
}

func TestHalfAnHourWithoutS3MovesNothingToTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(500), newSimStore()
		q.latency, s.latency = 10*time.Millisecond, 20*time.Millisecond
		outage(s, 30*time.Minute)
		c := start(t, q, s, nil)

		elapse(10 * time.Second)
		atFirst := s.tries()
		for range 29 {
			elapse(time.Minute)
			require.NoError(t, c.Healthy(), "a restart would not bring S3 back")
		}
		assert.Equal(t, 1, q.mostReceives())
		assert.LessOrEqual(t, s.tries()-atFirst, 29*8, "one probe at a time, seconds apart")
		assert.LessOrEqual(t, c.hand.count(), c.room())

		elapse(2 * time.Minute)
		c.stop()
		assert.Equal(t, 500, s.count())
		assert.Zero(t, q.left())
		assert.Empty(t, q.dead)
		assert.Contains(t, c.log.String(), "uploads fail; polling pauses")
		assert.Contains(t, c.log.String(), "polling resumes")
	})
}

func TestOnlyOneProbeRunsWhileUploadsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(100), newSimStore()
		s.latency = 10 * time.Second
		outage(s, time.Hour)
		c := start(t, q, s, nil)
		elapse(time.Minute)
		s.change(func() { s.together = 0 })
		elapse(20 * time.Minute)
		assert.Equal(t, 1, s.atOnce())
		c.stop()
	})
}

func TestAnOutageBeyondWhatSQSAllowsCostsOneReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(50), newSimStore()
		outage(s, 13*time.Hour)
		c := start(t, q, s, nil)
		elapse(MaxInFlight - time.Minute)
		assert.Equal(t, 1, q.mostReceives())
		elapse(time.Hour)
		assert.Equal(t, 2, q.mostReceives())
		elapse(time.Hour)
		c.stop()
		assert.Equal(t, 50, s.count())
		assert.Zero(t, q.left())
		assert.Empty(t, q.dead)
		assert.Contains(t, c.log.String(), "visibility can be extended no further")
	})
}

func TestMessagesThatFailOnTheirOwnHoldNobodyUpAndEndInTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.send("bad1")
		q.send("bad2")
		s.fail = func(key string) error {
			return when(key == "emails/bad1" || key == "emails/bad2", errPermanent)
		}
		const visibility = 45 * time.Second // no delay of a return is as long
		c := start(t, q, s, func(o *Options) { o.Visibility = visibility })
		// Nothing else arrives: that might as well be an outage.
		elapse(time.Hour)
		assert.Equal(t, 1, q.mostReceives())
		// Others show that it is not.
		for i := range 3 * 60 * 60 {
			q.send("good" + time.Duration(i).String())
			elapse(time.Second)
		}
		c.stop()
		assert.Equal(t, 3*60*60, s.count())
		assert.Zero(t, q.left())
		require.Len(t, q.dead, 2)
		for _, m := range q.dead {
			var returned []time.Duration
			for _, delay := range q.delays[m.id] {
				if delay != visibility {
					returned = append(returned, delay)
				}
			}
			require.Len(t, returned, maxReceives)
			assert.Greater(t, returned[4], 4*returned[0], "the delay grows with each receive")
		}
	})
}

func TestOneFailureClosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.send("bad")
		s.fail = func(key string) error { return when(key == "emails/bad", errPermanent) }
		c := start(t, q, s, nil)
		elapse(5 * time.Minute)
		began := time.Now()
		q.send("good")
		for s.count() == 0 {
			elapse(time.Millisecond)
		}
		assert.Less(t, time.Since(began), 10*time.Millisecond)
		c.stop()
	})
}
