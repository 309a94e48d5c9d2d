package faults

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	soakVisibility = 3 * time.Second
	soakOverlap    = 6 * time.Second
	// untilMidnight is how long after their start the clocks of the apis pass midnight
	// UTC.
	untilMidnight = 10 * time.Second
	// mostSkew is how far the clocks of the apis and of AWS differ.
	mostSkew = 2 * time.Second
	// calmWithin covers a hung upload, its next attempts, and a message that returns
	// to the queue with a delay.
	calmWithin = 3 * time.Minute
)

// soak is one round: programs, a plan of faults, and what was sent.
type soak struct {
	*world
	t *testing.T
	// repeat is the command that plays the same plan.
	repeat   string
	programs []*proctest.Program
	load     *load
	stopLoad func()
	perSec   int

	began time.Time
	// midnight is when the clocks of the apis pass it, give or take mostSkew.
	midnight time.Time
	events   []string
	poison   []sent
	// rotations counts the rotations, and revoked is the token before the last one.
	rotations int
	revoked   string
	// posted counts the requests that post has sent.
	posted int
}

// shifted is a clock that is ahead.
type shifted struct {
	clockwork.Clock
	by time.Duration
}

func (c shifted) Now() time.Time                  { return c.Clock.Now().Add(c.by) }
func (c shifted) Since(t time.Time) time.Duration { return c.Now().Sub(t) }
func (c shifted) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

// clockOfReceivedAt has an api take received_at from a clock that is ahead by
// TEST_CLOCK_AHEAD.
var clockOfReceivedAt = []proctest.Change{
	{File: "api/app/apiapp.go", Before: "Now: time.Now,", After: "Now: testNow,"},
	{File: "api/app/testnow.go", After: `package app

import (
	"os"
	"time"
)

func testNow() time.Time {
	ahead, _ := time.ParseDuration(os.Getenv("TEST_CLOCK_AHEAD"))
	return time.Now().Add(ahead)
}
`},
}

func newSoak(t *testing.T, seed uint64, perSecond int) *soak {
	t.Helper()
	d := newDraw(seed)
	skew := func() time.Duration { return d.between(-mostSkew, mostSkew) }
	s := &soak{t: t, perSec: perSecond, began: time.Now()}
	awsAhead := skew()
	s.world = newWorldAt(t, seed, shifted{clockwork.NewRealClock(), awsAhead})
	proctest.Build(t, "api", clockOfReceivedAt...)
	proctest.Build(t, "worker")
	now := time.Now().UTC()
	s.midnight = now.Add(untilMidnight)
	var urls []string
	for range apis {
		ahead := now.Truncate(24*time.Hour).Add(24*time.Hour).Sub(s.midnight) + skew()
		api := s.api(t, map[string]string{
			"TOKEN_OVERLAP": soakOverlap.String(), "TEST_CLOCK_AHEAD": ahead.String(),
		}, clockOfReceivedAt...)
		s.programs, urls = append(s.programs, api), append(urls, api.URL("/ingest"))
	}
	for range workers {
		s.programs = append(s.programs, s.worker(t, map[string]string{"VISIBILITY_TIMEOUT": strconv.Itoa(int(soakVisibility.Seconds()))}))
	}
	s.load = newLoad(urls...)
	s.load.wrongEvery, s.load.keyedEvery, s.load.largeEvery = 16, 5, 64
	s.log("AWS's clock is %s ahead", awsAhead)
	for range poison {
		const body = "this is not a JSON object"
		s.poison = append(s.poison, sent{id: s.send(t, body), body: body})
	}
	return s
}

func (s *soak) log(format string, args ...any) {
	s.events = append(s.events, fmt.Sprintf("%8.3f s  ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

// run plays a plan, and returns the ledger.
func (s *soak) run(plan []phase) ledger {
	s.t.Helper()
	defer s.report()
	s.stopLoad = s.load.start(s.perSec)
	beforeMidnight := time.Now().Add(mostSkew + time.Second).Before(s.midnight)
	for _, p := range plan {
		s.play(p)
	}
	pause(time.Until(s.midnight.Add(mostSkew + time.Second)))
	s.stopLoad()
	s.log("the load ends")
	if s.revoked != "" {
		s.probe(s.revoked, http.StatusForbidden)
	}
	s.eventually("the queue empties", func() bool { return s.server.SQS.Counts(queueName).Total() == 0 })
	for i, program := range s.programs {
		_, status := program.Stop()
		assert.Zero(s.t, status, programName(i))
	}
	s.log("the programs are stopped")
	l := balance(append(slices.Clone(s.poison), s.load.sent...), s.objects(s.t), s.dead())
	s.check(l)
	if beforeMidnight { // not so where it took long to start the programs
		assert.Len(s.t, s.days(), 2, "the days before and after midnight")
	}
	return l
}

// check asserts what the ledger must say.
func (s *soak) check(l ledger) {
	s.t.Helper()
	for i, f := range l.findings {
		const most = 20
		if i == most {
			s.t.Errorf("and %d more", len(l.findings)-most)
			break
		}
		s.t.Errorf("%s\n%s", f.text, s.history(f.place))
	}
	for id, bodies := range s.dead() {
		assert.Equal(s.t, []string{s.poison[0].body}, bodies, "in the dead-letter queue: %s\n%s", id, s.history(id))
	}
	assert.Zero(s.t, s.load.wrongAccepted, "wrong tokens accepted")
	for status := range s.load.answers {
		assert.Contains(s.t, []int{
			0, http.StatusOK, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable,
		}, status)
	}
}

// days are those of which there are objects.
func (s *soak) days() map[string]bool {
	days := map[string]bool{}
	for place, objects := range s.objects(s.t) {
		if _, received, found := strings.Cut(objects[0].content, `"received_at": "`); found && place != objects[0].key {
			days[received[:len("2006-01-02")]] = true
		}
	}
	return days
}

// history is what the programs have logged of a message.
func (s *soak) history(place string) string {
	var lines strings.Builder
	for i, program := range s.programs {
		for line := range strings.Lines(program.Log.String()) {
			if strings.Contains(line, place) {
				_, _ = fmt.Fprintf(&lines, "  %s: %s", programName(i), line)
			}
		}
	}
	return lines.String()
}

// report prints what a round did, and how to repeat it.
func (s *soak) report() {
	s.t.Logf("to repeat: %s\n%s", s.repeat, strings.Join(s.events, "\n"))
}

// TestSoak plays one short plan. With SOAK it plays whole ones, each with a seed of
// its own from SEED on, until so many payloads were accepted.
func TestSoak(t *testing.T) {
	whole := os.Getenv("SOAK") != ""
	number := func(name string, otherwise uint64) uint64 {
		if os.Getenv(name) == "" {
			return otherwise
		}
		n, err := strconv.ParseUint(os.Getenv(name), 10, 64)
		require.NoError(t, err, name)
		return n
	}
	wanted, seed := number("SOAK", 1), number("SEED", 1)
	perSecond := 80
	if whole {
		perSecond = 250
	}
	// Under -short this skips the test: a round that is skipped would accept nothing.
	proctest.Build(t, "api")
	began, all := time.Now(), ledger{}
	for ; uint64(all.accepted) < wanted; seed++ {
		passed := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSoak(t, seed, perSecond)
			s.repeat = fmt.Sprintf("make soak SOAK=1 SEED=%d", seed)
			if !whole {
				s.repeat = fmt.Sprintf("cd services && SEED=%d go test ./tests/faults -run TestSoak -v", seed)
			}
			l := s.run(newPlan(seed, !whole))
			t.Logf("seed %d: %s; answers %v; %s", seed, l, s.load.answers, time.Since(s.began).Round(time.Second))
			all.add(l)
		})
		if !passed {
			return
		}
	}
	t.Logf("%s, in %s", all, time.Since(began).Round(time.Second))
}
