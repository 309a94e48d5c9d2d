package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
)

// phase is a part of the soak's plan: its faults last from its begin to its end,
// and its acts follow each other in between.
type phase struct {
	name   string
	faults []faults.Rule
	acts   []act
	lasts  time.Duration
}

// act is something that happens to the programs or to AWS.
type act struct {
	// after is the pause before it.
	after time.Duration
	what  string
	do    func(s *soak)
}

func (p phase) String() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "%s, for %s", p.name, p.lasts)
	for _, r := range p.faults {
		_, _ = fmt.Fprintf(&text, "; %s: %+v", r.Operation, r.Fault)
	}
	for _, a := range p.acts {
		_, _ = fmt.Fprintf(&text, "; after %s %s", a.after, a.what)
	}
	return text.String()
}

// draw makes the choices of a plan.
type draw struct{ *rand.Rand }

func newDraw(seed uint64) draw {
	return draw{rand.New(rand.NewPCG(seed, 0))}
}

// between is a time in whole milliseconds.
func (d draw) between(least, most time.Duration) time.Duration {
	return (least + time.Duration(d.Int64N(int64(most-least)))).Round(time.Millisecond)
}

// The programs of a soak, by index.
const (
	apis    = 2
	workers = 3
)

func (d draw) api() int    { return d.IntN(apis) }
func (d draw) worker() int { return apis + d.IntN(workers) }

func programName(i int) string {
	if i < apis {
		return fmt.Sprint("api ", i+1)
	}
	return fmt.Sprint("worker ", i-apis+1)
}

func (d draw) kill(i int) act {
	return act{d.between(200*time.Millisecond, time.Second), "kill -9 of " + programName(i), func(s *soak) {
		s.programs[i].Kill()
		s.programs[i].Start()
	}}
}

func (d draw) terminate(i int) act {
	return act{d.between(200*time.Millisecond, time.Second), "SIGTERM of " + programName(i), func(s *soak) {
		_, status := s.programs[i].Stop()
		assert.Zero(s.t, status, programName(i))
		s.programs[i].Start()
	}}
}

// probably is a fault of three calls in ten.
func probably(operation string, fault faults.Fault) faults.Rule {
	return faults.Rule{Operation: operation, Probability: 0.3, Fault: fault}
}

func down(operation string) faults.Rule {
	return faults.Rule{Operation: operation, Fault: faults.Unavailable}
}

// kind makes a phase of one kind.
type kind struct {
	// quick says that all has recovered within seconds after the phase.
	quick bool
	// alone says that no program is stopped in addition: a message would be received
	// so often that the queue moves it to the dead-letter queue.
	alone bool
	make  func(d draw) phase
}

var kinds = []kind{
	{quick: true, make: func(d draw) phase {
		first := d.IntN(workers)
		second := (first + 1 + d.IntN(workers-1)) % workers
		return phase{name: "two workers killed", acts: []act{d.kill(apis + first), d.kill(apis + second)}}
	}},
	{quick: true, make: func(d draw) phase { return phase{name: "an api killed", acts: []act{d.kill(d.api())}} }},
	{make: func(d draw) phase {
		return phase{name: "one of each terminated", acts: []act{d.terminate(d.worker()), d.terminate(d.api())}}
	}},
	{alone: true, make: func(d draw) phase {
		p := phase{name: "rolling restart"}
		for i := range apis + workers {
			p.acts = append(p.acts, d.terminate(i))
		}
		return p
	}},
	{quick: true, make: func(draw) phase { return phase{name: "S3 down", faults: []faults.Rule{down("s3.*")}} }},
	{quick: true, make: func(draw) phase { return phase{name: "SQS down", faults: []faults.Rule{down("sqs.*")}} }},
	{quick: true, make: func(d draw) phase {
		return phase{name: "SSM down while an api starts", faults: []faults.Rule{down("ssm.*")}, acts: []act{d.kill(d.api())}}
	}},
	{quick: true, make: func(draw) phase {
		return phase{name: "everything throttles", faults: []faults.Rule{
			probably("sqs.*", faults.Throttled), probably("ssm.*", faults.Throttled), probably("s3.*", faults.SlowDown),
		}}
	}},
	{quick: true, make: func(d draw) phase {
		return phase{name: "batches fail by half", faults: []faults.Rule{
			{Operation: "sqs.*Batch", Fault: faults.Fault{EveryEntry: 2}},
			// Slow sends make batches.
			{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: d.between(20*time.Millisecond, 60*time.Millisecond)}},
		}}
	}},
	{alone: true, make: func(draw) phase {
		return phase{name: "uploads longer than the visibility timeout, which is not extended", faults: []faults.Rule{
			probably("s3.PutObject", faults.Fault{Delay: soakVisibility * 3 / 2}), down("sqs.ChangeMessageVisibility*"),
		}}
	}},
	{quick: true, make: func(draw) phase {
		return phase{name: "connections dropped before calls", faults: []faults.Rule{probably("*", faults.Fault{Drop: faults.DropBefore})}}
	}},
	{quick: true, alone: true, make: func(draw) phase {
		return phase{name: "connections dropped after calls", faults: []faults.Rule{probably("*", faults.Fault{Drop: faults.DropAfter})}}
	}},
	{alone: true, make: func(d draw) phase {
		operations := []string{
			"sqs.SendMessage*", "sqs.ReceiveMessage", "s3.PutObject", "sqs.DeleteMessageBatch",
			"sqs.ChangeMessageVisibilityBatch", "ssm.GetParameters",
		}
		operation := operations[d.IntN(len(operations))]
		return phase{name: "calls that hang", faults: []faults.Rule{{Operation: operation, Times: 3, Fault: hang}}}
	}},
	{quick: true, alone: true, make: func(d draw) phase {
		return phase{name: "purge", acts: []act{{d.between(0, time.Second), "purge", (*soak).purge}}}
	}},
	{quick: true, alone: true, make: func(d draw) phase {
		return phase{name: "rotation", acts: []act{{d.between(0, time.Second), "rotation", (*soak).rotate}}}
	}},
	{quick: true, alone: true, make: func(d draw) phase {
		service := []string{"s3.*", "sqs.SendMessage*", "ssm.*"}[d.IntN(3)]
		kill := d.kill(d.IntN(apis + workers))
		return phase{name: "quiet spell", acts: []act{{0, "nothing is in flight; " + service + " down; " + kill.what, func(s *soak) {
			s.quiet(down(service), kill)
		}}}}
	}},
}

// newPlan draws a plan: every kind once, in a random order, with a program stopped
// in a third of the phases. A short one has a few of the quick kinds.
func newPlan(seed uint64, short bool) []phase {
	d := newDraw(seed)
	const shortKinds, third = 6, 3
	least, most := 2*time.Second, 4*time.Second
	if short {
		least, most = time.Second/2, 3*time.Second/2
	}
	var plan []phase
	for _, i := range d.Perm(len(kinds)) {
		k := kinds[i]
		if short && (!k.quick || len(plan) == shortKinds) {
			continue
		}
		p := k.make(d)
		p.lasts = d.between(least, most)
		if !k.alone && d.IntN(third) == 0 {
			p.acts = append(p.acts, d.kill(d.IntN(apis+workers)))
		}
		plan = append(plan, p)
	}
	return plan
}

func TestNewPlan_followsFromTheSeed(t *testing.T) {
	text := func(seed uint64) string { return fmt.Sprint(newPlan(seed, false)) }
	first := text(7)
	assert.Equal(t, first, text(7))
	assert.NotEqual(t, first, text(8))
	assert.Len(t, newPlan(7, false), len(kinds))
}
