package faults

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scenario is one kind of failure, under load.
type scenario struct {
	name string
	seed uint64
	// fail runs while requests come in; when it returns, the load goes on
	// for a while and then ends. Its faults end with the load.
	fail func(s *stage)
	// answersLost says that sends may take effect though their answer is lost:
	// only then may there be more objects than accepted requests.
	answersLost bool
	// serves says that no request may be refused.
	serves bool
}

// stage is what a scenario acts on.
type stage struct {
	*world
	api, worker *proctest.Program
}

func (s *stage) probably(operation string, fault faults.Fault) {
	s.plan.Add(faults.Rule{Operation: operation, Probability: 0.3, Fault: fault})
}

// pause lets the load work for a while.
func (s *stage) pause(d time.Duration) { <-time.After(d) }

var scenarios = []scenario{
	{name: "fair weather", serves: true, fail: func(s *stage) { s.pause(time.Second) }},
	{name: "worker killed", serves: true, fail: func(s *stage) {
		for range 3 {
			s.pause(700 * time.Millisecond)
			s.worker.Kill()
			s.worker.Start()
		}
	}},
	{name: "api killed", answersLost: true, fail: func(s *stage) {
		for range 3 {
			s.pause(700 * time.Millisecond)
			s.api.Kill()
			s.api.Start()
		}
	}},
	{name: "SSM down", serves: true, fail: func(s *stage) {
		up := s.plan.Down("ssm.*")
		s.pause(4 * time.Second)
		up()
	}},
	{name: "S3 down", serves: true, fail: func(s *stage) {
		up := s.plan.Down("s3.*")
		s.pause(5 * time.Second)
		up()
	}},
	{name: "SQS answers 500", seed: 1, fail: func(s *stage) {
		s.probably("sqs.*", faults.Internal)
		s.pause(3 * time.Second)
	}},
	{name: "everything throttles", seed: 2, fail: func(s *stage) {
		s.probably("sqs.*", faults.Throttled)
		s.probably("ssm.*", faults.Throttled)
		s.probably("s3.*", faults.SlowDown)
		s.pause(3 * time.Second)
	}},
	{name: "batches fail by half", seed: 3, fail: func(s *stage) {
		s.plan.Add(faults.Rule{Operation: "sqs.*Batch", Fault: faults.Fault{EveryEntry: 2}})
		// While sends are slow, messages gather to batches.
		s.plan.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 50 * time.Millisecond}})
		s.pause(3 * time.Second)
	}},
	{name: "connections dropped before calls", seed: 4, fail: func(s *stage) {
		s.probably("*", faults.Fault{Drop: faults.DropBefore})
		s.pause(3 * time.Second)
	}},
	{name: "connections dropped after calls", seed: 5, answersLost: true, fail: func(s *stage) {
		s.probably("*", faults.Fault{Drop: faults.DropAfter})
		s.pause(3 * time.Second)
	}},
	{name: "all at once", seed: 6, answersLost: true, fail: func(s *stage) {
		s.probably("*", faults.Fault{Drop: faults.DropAfter})
		s.probably("s3.*", faults.SlowDown)
		s.plan.Add(faults.Rule{Operation: "sqs.*Batch", Fault: faults.Fault{EveryEntry: 2}})
		s.pause(time.Second)
		s.worker.Kill()
		s.api.Kill()
		s.worker.Start()
		s.api.Start()
		s.pause(time.Second)
	}},
}

func TestAccepted_underFaults_isNotLost(t *testing.T) {
	t.Parallel()
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			scenario.run(t)
		})
	}
}

const (
	perSecond = 60
	poison    = 3
	// settleWithin covers five receives of the poison, and the longest delay
	// with which a worker comes back to a store that failed.
	settleWithin = 45 * time.Second
)

func (sc scenario) run(t *testing.T) {
	t.Helper()
	w := newWorld(t, sc.seed)
	s := &stage{world: w, api: w.api(t, nil), worker: w.worker(t, nil)}
	var messages []sent
	for range poison {
		const body = "this is not a JSON object"
		messages = append(messages, sent{id: w.send(t, body), body: body})
	}
	requests := newLoad(s.api.URL("/ingest"))
	stop := requests.start(perSecond)
	s.pause(500 * time.Millisecond)
	sc.fail(s)
	s.pause(500 * time.Millisecond)
	stop()
	w.plan.Clear()
	messages = append(messages, requests.sent...)

	require.EventuallyWithT(t, func(t *assert.CollectT) {
		require.Zero(t, w.pending(context.Background(), t, w.queueURL))
	}, settleWithin, 100*time.Millisecond, "the queue does not empty")
	for _, service := range []*proctest.Program{s.api, s.worker} {
		took, status := service.Stop()
		assert.Zero(t, status, service.Name)
		assert.Less(t, took, 25*time.Second, service.Name)
	}

	result := balance(messages, w.objects(t), w.dead())
	t.Logf("%s: %s; answers by status %v", sc.name, result, requests.answers)
	assert.Greater(t, result.accepted, perSecond/2, "the test has put the services under load")
	assert.Empty(t, result.findings)
	assert.Equal(t, poison, result.dead, "poison, and nothing else")
	if !sc.answersLost {
		assert.Zero(t, result.resent)
	}
	if sc.serves {
		assert.Equal(t, map[int]int{http.StatusOK: len(requests.accepted())}, requests.answers)
	}
}
