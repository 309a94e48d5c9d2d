package consumer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMessages_areStoredOnceAndDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(2000), newSimStore()
		q.latency, s.latency = 10*time.Millisecond, 20*time.Millisecond
		c := start(t, q, s, nil)

		elapse(2 * time.Second)
		assert.Equal(t, 2000, s.count(), "1,000 messages a second at default settings")
		assert.Equal(t, "body of m0042", s.objects["emails/m0042"])
		c.stop()

		assert.Zero(t, q.left())
		assert.Equal(t, 32, s.together)
		assert.LessOrEqual(t, len(q.batches("DeleteBatch")), 250, "deletes travel together")
		for _, size := range q.batches("DeleteBatch") {
			require.LessOrEqual(t, size, BatchSize)
		}
		assert.Equal(t, Stats{Received: 2000, Stored: 2000, Deleted: 2000}, c.Stats())
		assert.NotContains(t, c.log.String(), "body of")
	})
}

func TestPutIfAbsent_objectExists_isSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		s.objects["emails/m0000"] = "written before"
		c := start(t, q, s, nil)
		elapse(time.Second)
		c.stop()

		assert.Zero(t, q.left())
		assert.Equal(t, "written before", s.objects["emails/m0000"])
		assert.Equal(t, Stats{Received: 1, Present: 1, Deleted: 1}, c.Stats())
	})
}

func TestIdempotencyKey_duplicate_isComparedCountedAndDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(0), newSimStore()
		for _, id := range []string{"m1", "m2", "m3"} {
			q.sendKeyed(id, "k", "the same")
		}
		q.sendKeyed("m4", "k", "other content")
		c := start(t, q, s, func(o *Options) { o.Pollers, o.MaxMessages = 1, 1 })
		elapse(time.Second)
		c.stop()

		assert.Zero(t, q.left())
		assert.Equal(t, map[string]string{"emails/keyed/k": "the same"}, s.objects)
		assert.Equal(t, Stats{Received: 4, Stored: 1, Present: 2, Different: 1, Deleted: 4}, c.Stats())
		assert.Equal(t, 1, strings.Count(c.log.String(), "stored before with other content"))
	})
}

func TestPoison_eachReceive_isLoggedOnceWithoutContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(3), newSimStore()
		q.send("poison")
		c := start(t, q, s, nil)
		elapse(7 * time.Minute)
		c.stop()

		require.Len(t, q.dead(), 1)
		assert.Equal(t, "poison", q.dead()[0])
		assert.Equal(t, 3, s.count())
		assert.Empty(t, q.delays["poison"], "its visibility is left alone")
		log := c.log.String()
		assert.Equal(t, maxReceives, strings.Count(log, "message is poison"))
		for n := 1; n <= maxReceives; n++ {
			assert.Contains(t, log, fmt.Sprintf(`"message_id":"poison","reason":"no JSON object","receive_count":%d`, n))
		}
		assert.NotContains(t, log, "body of")
	})
}

func TestSleepOnEmpty_emptyQueue_pausesThePollers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newSimQueue(0)
		c := start(t, q, newSimStore(), func(o *Options) {
			o.Pollers, o.PollWait, o.SleepOnEmpty = 1, 0, 2*time.Second
		})
		elapse(9 * time.Second)
		c.stop()
		assert.Len(t, q.batches("Receive"), 5)
	})
}

func TestReceive_fails_isRetriedAfterAGrowingDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(1), newSimStore()
		began, down := time.Now(), 10*time.Minute
		q.fail = func(string) error {
			if time.Since(began) < down {
				return errDown
			}
			return nil
		}
		c := start(t, q, s, func(o *Options) { o.Pollers = 1 })
		elapse(down)
		assert.InDelta(t, 25, len(q.batches("Receive")), 8, "1, 2, 4, … 30 s apart")
		require.Empty(t, c.Health().Stalled)
		assert.Equal(t, "receiving: 503 Service Unavailable", c.Health().LastFailure)
		elapse(time.Minute)
		assert.Equal(t, 1, s.count())
		c.stop()
	})
}

func TestInFlight_staysWithinCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(500), newSimStore()
		s.latency = 15 * time.Second
		c := start(t, q, s, func(o *Options) { o.UploadConcurrency = 1 })
		for range 100 {
			elapse(15 * time.Second)
			require.LessOrEqual(t, c.inFlight.count(), 2*1+2*2*10)
		}
		assert.Equal(t, 1, q.mostReceives(), "what waits for minutes is extended")
		assert.InDelta(t, 100, s.count(), 2)
		c.stop()
	})
}

func TestNew_wrongOptions_namesEach(t *testing.T) {
	_, err := New(Options{
		MaxMessages: 11, PollWait: -1, SleepOnEmpty: -1, Visibility: 1500 * time.Millisecond,
	})
	for _, want := range []string{
		"Queue", "Pollers is 0", "MaxMessages is 11; allowed is 1 to 10", "PollWait is -1ns",
		"SleepOnEmpty is -1ns", "Visibility is 1.5s", "UploadConcurrency is 0",
	} {
		assert.ErrorContains(t, err, want)
	}
}

// Under any failures and restarts of workers, each message ends as
// one object, or in the dead-letter queue if it is poison.
func TestRandomFaults_nothingIsLost(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { soak(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func soak(t *testing.T, random *rand.Rand) {
	t.Helper()
	q, s := newSimQueue(300), newSimStore()
	q.latency, s.latency = 10*time.Millisecond, 20*time.Millisecond
	for i := range 3 {
		q.send(fmt.Sprint("poison", i))
	}
	var dice sync.Mutex
	rolls := func(p float64) bool {
		dice.Lock()
		defer dice.Unlock()
		return random.Float64() < p
	}
	var naps []time.Duration
	for range 3 {
		naps = append(naps, time.Duration(1+random.IntN(20))*time.Second)
	}
	began := time.Now()
	faulty := func() bool { return time.Since(began) < 3*time.Minute && rolls(0.3) }
	q.fail = func(string) error { return when(faulty(), errDown) }
	q.failEntry = func(string, string) error { return when(faulty(), errDown) }
	s.fail = func(string) error { return when(faulty(), errDown) }

	for _, nap := range naps {
		c := start(t, q, s, func(o *Options) { o.Visibility = 5 * time.Second })
		elapse(nap)
		require.LessOrEqual(t, c.stop(), StopWithin)
	}
	c := start(t, q, s, func(o *Options) { o.Visibility = 5 * time.Second })
	elapse(3 * time.Hour) // some were returned with a delay
	c.stop()

	assert.Equal(t, 300, s.count())
	assert.Len(t, q.dead(), 3)
	assert.Zero(t, q.left())
}

func when(faulty bool, err error) error {
	if faulty {
		return err
	}
	return nil
}
