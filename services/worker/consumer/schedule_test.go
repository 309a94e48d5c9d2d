package consumer

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each seed is a schedule: messages come, store and queue fail in many ways and
// recover, the queue is purged, consumers stop and start, in random order. The
// invariants hold after each step, and the schedules together reach every
// transition of the package comment.
func TestSchedules_anyOrderOfEvents_keepsTheInvariants(t *testing.T) {
	const schedules, steps = 12, 120
	reached := map[[2]state]int{}
	for seed := range uint64(schedules) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSchedule(t, seed)
				s.begin()
				for range steps {
					s.step()
				}
				s.end()
				for pair, times := range s.reached {
					reached[pair] += times
				}
			})
		})
	}
	t.Log(reached)
	for from, next := range transitions {
		for _, to := range next {
			assert.Positive(t, reached[[2]state{from, to}], "%s to %s", from, to)
		}
	}
}

// schedule is a world in which events happen.
type schedule struct {
	t        *testing.T
	random   *rand.Rand
	queue    *simQueue
	store    *simStore
	consumer *running

	mu sync.Mutex
	// dice decides whether a call of an operation, or an entry, fails, by its chance.
	dice   *rand.Rand
	chance map[string]float64
	err    error

	sent   map[string]bool // ids; whether they were purged
	last   map[*message]state
	past   map[*message]bool // those that have left
	events []string

	reached map[[2]state]int
}

func newSchedule(t *testing.T, seed uint64) *schedule {
	t.Helper()
	s := &schedule{
		t: t, random: rand.New(rand.NewPCG(seed, 3)), dice: rand.New(rand.NewPCG(seed, 4)), queue: newSimQueue(0), store: newSimStore(),
		chance: map[string]float64{}, sent: map[string]bool{},
		last: map[*message]state{}, past: map[*message]bool{}, reached: map[[2]state]int{},
	}
	s.queue.latency, s.store.latency = 20*time.Millisecond, 5*time.Millisecond
	s.queue.fail = func(op string) error { return s.fails(op) }
	s.queue.failEntry = func(op, _ string) error { return s.fails("entry of " + op) }
	s.store.fail = func(string) error { return s.fails("put") }
	return s
}

func (s *schedule) fails(op string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return when(s.dice.Float64() < s.chance[op], s.err)
}

func (s *schedule) begin() {
	s.consumer = startAfter(s.t, s.queue, s.store, s.random.IntN(2), func(o *Options) {
		o.Visibility, o.UploadConcurrency, o.PollWait = 5*time.Second, 2, 10*time.Second
	})
}

// step is one event, some time, and a look at the invariants.
func (s *schedule) step() {
	event := s.event()
	s.events = append(s.events, event)
	times := []time.Duration{0, 0, time.Millisecond, 10 * time.Millisecond, 60 * time.Millisecond, 700 * time.Millisecond, 3 * time.Second, 20 * time.Second}
	elapse(times[s.random.IntN(len(times))])
	s.look()
}

// event makes something happen, and says what.
func (s *schedule) event() string {
	set := func(op string, chance float64, err error) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.chance[op], s.err = chance, err
		return fmt.Sprintf("%s fails with %v: %v", op, chance, err)
	}
	chances := []float64{0, 0.3, 1}
	chance := chances[s.random.IntN(len(chances))]
	switch n := s.random.IntN(22); {
	case n < 7:
		return s.send(1 + s.random.IntN(12))
	case n == 7:
		return set("put", chance, errKeyTooLong)
	case n < 10:
		return set("put", chance, errDown)
	case n == 10:
		return set([]string{"Receive", "DeleteBatch", "entry of DeleteBatch"}[s.random.IntN(3)], chance, errDown)
	case n == 11:
		return set([]string{"ChangeVisibilityBatch", "entry of ChangeVisibilityBatch"}[s.random.IntN(2)], chance, errDown)
	case n < 14:
		latency := []time.Duration{time.Millisecond, 2 * time.Second, 8 * time.Second, time.Hour}[s.random.IntN(4)]
		s.store.change(func() { s.store.latency = latency })
		return fmt.Sprint("an upload takes ", latency)
	case n == 14:
		return s.purge()
	case n < 17:
		s.heal()
		return "nothing fails"
	case n == 17:
		s.stop()
		s.begin()
		return "a stop and a start"
	case n == 18:
		s.heal()
		s.send(3)
		set("DeleteBatch", 1, errDown)
		elapse(time.Second)
		s.stop()
		s.heal()
		s.begin()
		return "a stop while deletes fail, and a start"
	default:
		return "nothing"
	}
}

func (s *schedule) send(n int) string {
	for range n {
		id := fmt.Sprint("m", len(s.sent))
		s.sent[id] = false
		s.queue.send(id)
	}
	return fmt.Sprint(n, " messages come")
}

func (s *schedule) purge() string {
	s.queue.change(func() {
		for _, m := range s.queue.queue.Messages(time.Now()) {
			s.sent[m.ID] = true
		}
		s.queue.queue.Purge()
	})
	return "the queue is purged"
}

func (s *schedule) heal() {
	s.mu.Lock()
	clear(s.chance)
	s.mu.Unlock()
	s.store.change(func() { s.store.latency = 5 * time.Millisecond })
}

// stop stops the consumer, and looks at its messages while it stops.
func (s *schedule) stop() {
	s.look()
	assert.LessOrEqual(s.t, s.consumer.stop(), StopWithin)
	s.look()
	assert.Zero(s.t, s.consumer.inFlight.count(), "after the stop")
}

// look notes the transitions since the last look, and checks the invariants.
func (s *schedule) look() {
	synctest.Wait()
	f := s.consumer.inFlight
	f.mu.Lock()
	defer f.mu.Unlock()
	for m := range f.messages {
		require.False(s.t, s.past[m], "%s has left", m.ID)
		if _, known := s.last[m]; !known {
			s.last[m] = received
		}
	}
	for m, before := range s.last {
		switch {
		case before.allows(m.state):
			s.reached[[2]state{before, m.state}]++
		case m.state != before:
			require.True(s.t, leads(before, m.state, map[state]bool{}), "%s is %s after %s", m.ID, m.state, before)
		}
		s.last[m] = m.state
		_, inFlight := f.messages[m]
		require.Equal(s.t, !m.state.isLast(), inFlight, "%s is %s; events: %q", m.ID, m.state, s.events)
		if m.state.isLast() {
			delete(s.last, m)
			s.past[m] = true
		}
	}
	slots := f.freeSlots
	for m := range f.messages {
		if m.state == uploading {
			slots++
		}
	}
	require.Equal(s.t, s.consumer.opts.UploadConcurrency, slots, "running uploads and free slots")
	require.GreaterOrEqual(s.t, f.reserved, 0)
	require.LessOrEqual(s.t, len(f.messages)+f.reserved, f.capacity+s.failedInFlight(f), "in flight")
	s.nothingIsLost()
}

// failedInFlight is how many messages may be in flight beyond the capacity: one more
// is taken when all have failed.
func (s *schedule) failedInFlight(f *inFlight) (n int) {
	for m := range f.messages {
		if m.failures > 0 {
			n++
		}
	}
	return n
}

// nothingIsLost checks that what has left the queue is stored.
func (s *schedule) nothingIsLost() {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	kept := map[string]bool{}
	for _, m := range s.queue.queue.Messages(time.Now()) {
		kept[m.ID] = true
	}
	for _, m := range s.queue.dlq.Messages(time.Now()) {
		kept[m.ID] = true
	}
	for id, purged := range s.sent {
		content, isStored := s.store.objects["emails/"+id]
		require.True(s.t, isStored || kept[id] || purged, "%s is lost; events: %q", id, s.events)
		if isStored {
			require.Equal(s.t, "body of "+id, content)
		}
	}
}

// leads reports whether the table has a way between two states.
func leads(from, to state, seen map[state]bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	for _, next := range transitions[from] {
		if !seen[next] && leads(next, to, seen) {
			return true
		}
	}
	return false
}

// end heals all, and expects every message in its place.
func (s *schedule) end() {
	s.heal()
	elapse(5 * time.Hour) // some were returned with a delay
	s.stop()
	assert.Zero(s.t, s.queue.left())
}
