package consumer

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outage makes s fail for d from now.
func outage(s *simStore, d time.Duration) {
	began := time.Now()
	s.change(func() { s.fail = func(string) error { return when(time.Since(began) < d, errDown) } })
}

// store runs the consumer until it has stored a message: it then takes many.
func store(t *testing.T, q *simQueue, s *simStore) {
	t.Helper()
	before := s.count()
	q.send(fmt.Sprint("first", before))
	elapse(time.Second)
	require.Equal(t, before+1, s.count())
}

func TestOutage_halfAnHour_costsNoReceives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.latency, s.latency = 10*time.Millisecond, 20*time.Millisecond
		c := start(t, q, s, nil)
		store(t, q, s)
		outage(s, 30*time.Minute)
		for i := range 500 {
			q.send(fmt.Sprint("m", i))
		}

		elapse(2 * time.Minute)
		atFirst := s.tries()
		for range 27 {
			elapse(time.Minute)
			require.Empty(t, c.Health().Stalled, "a restart would not bring S3 back")
		}
		assert.Equal(t, 1, q.mostReceives())
		assert.LessOrEqual(t, c.inFlight.count(), c.opts.capacity()+12, "one more each 5 minutes in the end")
		assert.LessOrEqual(t, s.tries()-atFirst, 27*3*(c.opts.capacity()+12), "each is tried about each 30 s")

		elapse(2 * time.Minute)
		c.stop()
		assert.Equal(t, 501, s.count())
		assert.Zero(t, q.left())
		assert.Empty(t, q.dead())
	})
}

func TestOutage_beyondMaxInFlight_costsOneReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := start(t, q, s, nil)
		store(t, q, s)
		outage(s, 13*time.Hour)
		for i := range 12 {
			q.send(fmt.Sprint("m", i))
		}
		elapse(MaxInFlight - time.Minute)
		assert.Equal(t, 1, q.mostReceives())
		elapse(time.Hour)
		assert.Equal(t, 2, q.mostReceives())
		elapse(time.Hour)
		c.stop()
		assert.Equal(t, 13, s.count())
		assert.Zero(t, q.left())
		assert.Empty(t, q.dead())
		assert.Contains(t, c.log.String(), "visibility can be extended no further")
	})
}

func TestOutage_queuePurgedMeanwhile_newMessagesAreStored(t *testing.T) {
	for _, warm := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			q, s := newSimQueue(0), newSimStore()
			c := start(t, q, s, nil)
			if warm {
				store(t, q, s)
			}
			outage(s, time.Hour)
			for i := range 300 {
				q.send(fmt.Sprint("m", i))
			}
			elapse(10 * time.Minute)
			q.purge()
			elapse(2 * time.Minute)
			assert.Zero(t, c.inFlight.count())
			elapse(time.Hour)
			before := s.count()
			q.send("new1")
			q.send("new2")
			elapse(time.Second)
			assert.Equal(t, before+2, s.count())
			assert.Empty(t, c.Health().Stalled)
			c.stop()
		})
	}
}

// One message an hour, and S3 recovers while no upload runs.
func TestOutage_quietQueue_eachMessageIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := start(t, q, s, nil)
		outage(s, 150*time.Minute)
		for i := range 10 {
			q.send(fmt.Sprint("m", i))
			elapse(time.Hour)
			require.Empty(t, c.Health().Stalled)
			require.Equal(t, map[bool]int{true: i + 1}[i > 1], s.count())
		}
		assert.Zero(t, q.left())
		c.stop()
	})
}

func TestOutage_restarts_moveNothingToTheDeadLetterQueue(t *testing.T) {
	for _, run := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, 30 * time.Minute} {
		t.Run(run.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, s := newSimQueue(30), newSimStore()
				outage(s, 6*run)
				for range 6 {
					c := start(t, q, s, nil)
					elapse(run)
					c.stop()
				}
				c := start(t, q, s, nil)
				elapse(3 * time.Hour)
				assert.Empty(t, q.dead())
				assert.Equal(t, 30, s.count())
				c.stop()
			})
		})
	}
}

func TestStart_takesOneMessageUntilOneIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(100), newSimStore()
		s.latency = 10 * time.Second
		c := start(t, q, s, nil)
		elapse(9 * time.Second)
		assert.Equal(t, []int{1}, q.batches("Receive"))
		assert.Equal(t, 1, c.inFlight.count())
		elapse(2 * time.Second)
		assert.Greater(t, c.inFlight.count(), 50)
		c.stop()
	})
}

func TestStart_failingMessagesAtTheHead_delayTheOthersForSecondsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.send("bad1")
		q.send("bad2")
		for i := range 100 {
			q.send(fmt.Sprint("good", i))
		}
		s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/bad"), errDenied) }
		c := start(t, q, s, nil)
		elapse(20 * time.Second)
		assert.Equal(t, 100, s.count())
		c.stop()
	})
}

func TestFailingMessages_many_doNotBlockThoseBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := start(t, q, s, nil)
		store(t, q, s)
		s.change(func() {
			s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/bad"), errDenied) }
		})
		for i := range 2 * c.opts.capacity() {
			q.send(fmt.Sprint("bad", i))
		}
		elapse(time.Minute)
		q.purgeVisible()
		for i := range 1000 {
			q.send(fmt.Sprint("good", i))
		}
		elapse(time.Hour)
		assert.Equal(t, 1001, s.count())
		c.stop()
	})
}

// One good message a minute, for six hours.
func TestFailingMessages_few_endInTheDeadLetterQueueAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.send("bad1")
		q.send("bad2")
		s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/bad"), errDenied) }
		const visibility = 45 * time.Second // no delay of a return is as long
		c := start(t, q, s, func(o *Options) { o.Visibility = visibility })
		// Nothing else arrives: that might as well be an outage.
		elapse(time.Hour)
		assert.Equal(t, 1, q.mostReceives())
		// Others show that it is not.
		for i := range 6 * 60 {
			q.send(fmt.Sprint("good", i))
			elapse(time.Second)
			require.Equal(t, i+1, s.count(), "stored at once")
			elapse(59 * time.Second)
			require.Empty(t, c.Health().Stalled)
		}
		c.stop()
		assert.Zero(t, q.left())
		require.Len(t, q.dead(), 2)
		for _, m := range q.dead() {
			var delays []time.Duration
			for _, delay := range q.delays[m] {
				if delay != visibility {
					delays = append(delays, delay)
				}
			}
			require.Len(t, delays, maxReceives)
			assert.Greater(t, delays[4], 4*delays[0], "the delay grows with each receive")
		}
	})
}

func TestPermanentError_quietQueue_endsInTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		q.send("long1")
		q.send("long2")
		s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/long"), errKeyTooLong) }
		c := start(t, q, s, nil)
		elapse(time.Second)
		assert.Zero(t, c.inFlight.count())
		assert.Equal(t, "storing: KeyTooLongError: Your key is too long", c.Health().LastFailure)
		elapse(30 * time.Minute)
		assert.Len(t, q.dead(), 2)
		assert.Equal(t, 2*maxReceives, s.tries(), "one attempt for each receive")
		c.stop()
	})
}

func TestFreshMessage_isTriedAtOnceWhileOthersFail(t *testing.T) {
	for _, bad := range []int{1, 2, 40} {
		synctest.Test(t, func(t *testing.T) {
			q, s := newSimQueue(0), newSimStore()
			c := start(t, q, s, nil)
			store(t, q, s)
			s.change(func() {
				s.fail = func(key string) error { return when(strings.HasPrefix(key, "emails/bad"), errDenied) }
			})
			for i := range bad {
				q.send(fmt.Sprint("bad", i))
			}
			for i := range 3 {
				elapse(time.Hour)
				began := time.Now()
				q.send(fmt.Sprint("good", i))
				for s.count() < i+2 {
					elapse(time.Millisecond)
				}
				assert.Less(t, time.Since(began), 10*time.Millisecond)
			}
			c.stop()
		})
	}
}

// Uploads that hang use every slot; a fresh message gets the next one.
func TestFreshMessage_precedesThoseThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		c := start(t, q, s, func(o *Options) { o.UploadConcurrency, o.MaxMessages = 2, 1 })
		store(t, q, s)
		s.change(func() { s.latency, s.fail = time.Hour, nil })
		for i := range 5 {
			q.send(fmt.Sprint("slow", i))
		}
		elapse(10 * time.Minute)
		s.change(func() { s.together = 0 })
		q.send("fresh")
		require.Eventually(t, func() bool { return s.triesOf("emails/fresh") == 1 }, 2*uploadTimeout, time.Second)
		assert.LessOrEqual(t, s.atOnce(), 2)
		c.stop()
	})
}
