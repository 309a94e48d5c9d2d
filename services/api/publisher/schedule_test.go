package publisher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documented are the transitions of the package comment, as "from method to".
func documented(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("publisher.go")
	require.NoError(t, err)
	table := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(\S.*?) +(\S+) +→ (\S+(?: \S+)?)`).FindAllStringSubmatch(string(text), -1) {
		table[row[1]+" "+row[2]+" "+row[3]] = true
	}
	require.Len(t, table, 8)
	return table
}

// Each seed is a schedule: clients come and leave, and calls succeed, fail as a
// whole or by entry, are slow or hang, in random order. The invariants hold after
// each step, and the schedules together reach every transition of the package
// comment.
func TestSchedules_anyOrderOfEvents_keepsTheInvariants(t *testing.T) {
	const schedules, steps = 30, 120
	table := documented(t)
	reached := map[string]int{"Publish add pending": 1} // the first state of every message
	for seed := range uint64(schedules) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSchedule(t, seed)
				for range steps {
					s.step()
				}
				s.end()
				for transition, times := range s.reached {
					reached[transition] += times
				}
			})
		})
	}
	t.Log(reached)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(table)), slices.Collect(maps.Keys(reached)))
}

// client is one that publishes a message of its own.
type client struct {
	*entry
	body   string
	leave  context.CancelFunc
	left   bool
	most   int // calls with the message that are allowed after the client left
	last   string
	ended  bool
	id     string
	err    error
	weight int
}

type schedule struct {
	t       *testing.T
	random  *rand.Rand
	queue   *queue
	p       *Publisher
	clients []*client // those without an answer at the last look
	done    []*client
	calls   int // those that were looked at
	fails   func(times, batch int, body string) Result
	taken   map[string]bool
	reached map[string]int
}

func newSchedule(t *testing.T, seed uint64) *schedule {
	t.Helper()
	s := &schedule{
		t: t, random: rand.New(rand.NewPCG(seed, 5)), queue: &queue{latency: time.Millisecond},
		taken: map[string]bool{}, reached: map[string]int{},
	}
	s.queue.result = func(times, batch int, body string) Result {
		s.queue.mu.Lock()
		fails := s.fails
		s.queue.mu.Unlock()
		if fails != nil {
			if result := fails(times, batch, body); result.Err != nil {
				return result
			}
		}
		s.queue.mu.Lock()
		defer s.queue.mu.Unlock()
		s.taken[body] = true
		return Result{ID: "id-" + body}
	}
	o := Defaults()
	o.Queue, o.Attempts, o.MaxCalls, o.MaxPending, o.MaxPendingBytes = s.queue, 3, 2, 30, 3*message.MaxBytes
	s.p = New(o)
	return s
}

func (s *schedule) step() {
	switch n := s.random.IntN(12); {
	case n < 5:
		for range 1 + s.random.IntN(15) {
			s.come()
		}
	case n < 8:
		if waiting := s.waiting(); len(waiting) > 0 {
			s.leaves(waiting[s.random.IntN(len(waiting))])
		}
	default:
		s.queueBecomes(s.random.IntN(8))
	}
	times := []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, time.Second, 6 * time.Second}
	<-time.After(times[s.random.IntN(len(times))])
	s.look()
}

// come has a client publish a message; one in eight is large.
func (s *schedule) come() {
	body := fmt.Sprint("m", len(s.clients)+len(s.done))
	if s.random.IntN(8) == 0 {
		body += strings.Repeat("x", message.MaxBytes/2-s.random.IntN(message.MaxBytes/4))
	}
	ctx, leave := context.WithCancel(context.Background())
	c := &client{
		entry: newEntry(Message{Body: []byte(body)}), body: body, leave: leave, last: "pending", weight: len(body),
	}
	s.clients = append(s.clients, c)
	go func() {
		id, err := s.p.publish(ctx, c.entry)
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		c.id, c.err, c.ended = id, err, true
	}()
	synctest.Wait()
}

// leaves has a client leave: after a call that is in flight, there is no further one.
func (s *schedule) leaves(c *client) {
	s.p.mu.Lock()
	s.queue.mu.Lock()
	c.left, c.most = true, s.queue.sent[c.body]
	if c.inFlight {
		c.most++
	}
	s.queue.mu.Unlock()
	s.p.mu.Unlock()
	c.leave()
	synctest.Wait()
}

func (s *schedule) waiting() []*client {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.clients), func(c *client) bool { return c.ended || c.left })
}

// queueBecomes changes how calls end from now on.
func (s *schedule) queueBecomes(n int) {
	failing := func(permanent bool) Result { return Result{Err: errors.New("InternalError"), Permanent: permanent} }
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	switch n {
	case 0, 1:
		s.fails, s.queue.latency = nil, time.Millisecond
	case 2:
		s.queue.latency = 300 * time.Millisecond
	case 3:
		s.queue.latency = 12 * time.Second
	case 4:
		s.fails = func(int, int, string) Result { return failing(false) }
	case 5:
		s.fails = func(_, _ int, body string) Result { return failing(len(body)%2 == 0) }
	default: // entries of batches fail at first
		s.fails = func(times, batch int, _ string) Result {
			if batch > 1 && times < 2 {
				return failing(false)
			}
			return Result{}
		}
	}
}

// stateOf is the state of a message; p.mu is held.
func (s *schedule) stateOf(c *client) string {
	switch {
	case c.finished || c.ended:
		return "finished"
	case c.inFlight:
		return "in flight"
	case slices.Contains(s.p.pending, c.entry):
		return "pending"
	default:
		require.NotNil(s.t, c.pause, "a message in no state")
		return "paused"
	}
}

// look notes the transitions since the last look, and checks the invariants.
func (s *schedule) look() {
	synctest.Wait()
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	held, bytes := 0, 0
	for _, c := range s.clients {
		now := s.stateOf(c)
		if now != c.last {
			s.note(c, now)
		}
		c.last = now
		if now == "pending" || now == "paused" {
			held++
			bytes += c.weight
		}
		if c.ended {
			s.checkResult(c)
			s.done = append(s.done, c)
		}
	}
	s.clients = slices.DeleteFunc(s.clients, func(c *client) bool { return c.ended })
	require.Equal(s.t, held, s.p.held)
	require.Equal(s.t, bytes, s.p.heldBytes)
	require.LessOrEqual(s.t, held, s.p.options.MaxPending+MaxBatch*s.p.options.MaxCalls, "retries come on top")
	require.LessOrEqual(s.t, s.p.calls, s.p.options.MaxCalls)
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	for ; s.calls < len(s.queue.calls); s.calls++ {
		call := s.queue.calls[s.calls]
		size := 0
		for _, body := range call {
			size += len(body)
		}
		require.LessOrEqual(s.t, len(call), MaxBatch)
		require.LessOrEqual(s.t, size, message.MaxBytes)
	}
}

// note counts a transition whose method is known: of those that end as finished, the
// result says which it was.
func (s *schedule) note(c *client, now string) {
	method := map[string]string{
		"pending in flight": "remove", "in flight paused": "conclude", "in flight finished": "conclude", "paused pending": "retry", "paused finished": "abandon",
	}[c.last+" "+now]
	switch {
	case c.last == "pending" && now == "finished" && errors.Is(c.err, ErrNotSent):
		method = "abandon"
	case c.last == "pending" && now == "finished" && errors.Is(c.err, ErrOverloaded) && strings.Contains(c.err.Error(), "waited"):
		method = "refuseLate"
	case c.last == "paused" && !errors.Is(c.err, ErrNotSent) && now == "finished":
		method = "" // it has been sent again since the last look
	}
	if method != "" {
		s.reached[c.last+" "+method+" "+now]++
	}
}

// checkResult: a client that has an id has that of its own message, which the queue
// has taken; and what is answered with an error was not taken.
func (s *schedule) checkResult(c *client) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	require.Equal(s.t, c.err == nil, s.taken[c.body])
	if c.err == nil {
		require.Equal(s.t, "id-"+c.body, c.id)
	}
	require.LessOrEqual(s.t, s.queue.sent[c.body], s.p.options.Attempts)
	if c.left {
		require.LessOrEqual(s.t, s.queue.sent[c.body], c.most, "sent after its client left")
	}
}

// end has the queue work again, and expects every client to have an answer.
func (s *schedule) end() {
	s.queueBecomes(0)
	closeAll(s.t, s.p)
	s.look()
	require.Empty(s.t, s.clients, "clients without an answer")
	for _, c := range s.done {
		s.checkResult(c)
		c.leave()
	}
	require.Zero(s.t, s.p.held)
}
