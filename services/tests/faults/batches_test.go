package faults

import (
	"net/http"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
)

// Requests that come at once, while SQS is slow, are sent in batches.
func TestBatch_messages_areStoredAsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.plan.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 300 * time.Millisecond}})
	clients := newLoad(w.api(t, nil).URL("/ingest"))
	clients.burst(60)
	assert.Equal(t, map[int]int{http.StatusOK: 60}, clients.answers)
	assert.Positive(t, w.plan.Calls("sqs.SendMessageBatch"))
	w.worker(t, nil)
	w.settled(t, clients.accepted()...)
}

func TestBatch_refusedEntries_areNotAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.plan.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 300 * time.Millisecond}})
	w.plan.Add(faults.Rule{Operation: "sqs.SendMessageBatch", Fault: faults.Fault{EveryEntry: 2}})
	clients := newLoad(w.api(t, nil).URL("/ingest"))
	clients.burst(60)
	assert.Positive(t, w.plan.Calls("sqs.SendMessageBatch"))
	w.worker(t, nil)
	w.settled(t, clients.accepted()...)
}

func TestBatch_refusedCalls_areNotAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	up := w.plan.Down("sqs.SendMessage*")
	clients := newLoad(w.api(t, nil).URL("/ingest"))
	clients.burst(1)
	assert.Equal(t, map[int]int{http.StatusInternalServerError: 1}, clients.answers)
	up()
	clients.burst(1)
	assert.Len(t, clients.accepted(), 1)
	w.worker(t, nil)
	w.settled(t, clients.accepted()...)
}
