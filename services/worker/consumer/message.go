package consumer

import (
	"slices"
	"time"

	"github.com/ingest-iac/ingest/services/internal/tracing"
)

// state is that of a message in flight; the package comment lists the
// transitions.
type state string

const (
	received  state = "received"
	uploading state = "uploading"
	retrying  state = "retrying"
	stored    state = "stored"
	deleting  state = "deleting"

	// A message leaves with one of these.
	deleted  state = "deleted"
	returned state = "returned"
	expired  state = "expired"
)

var transitions = map[state][]state{
	received:  {uploading, returned, expired},
	uploading: {stored, retrying, returned},
	retrying:  {uploading, returned, expired},
	stored:    {deleting, expired},
	deleting:  {deleted, stored},
}

func (s state) allows(next state) bool { return slices.Contains(transitions[s], next) }

func (s state) isLast() bool { return len(transitions[s]) == 0 }

// message is a message in flight. The mutex of inFlight guards state and what
// follows.
type message struct {
	Delivery
	name       Name
	receivedAt time.Time
	slot       chan struct{} // receives when a message that waits for an upload slot has one, or has left
	deleted    chan bool     // receives whether a delete has succeeded
	span       *tracing.Span // from the receive until the message leaves
	deleting   *tracing.Span // the delete in progress

	state state
	since time.Time // of the state

	failures      int // uploads that failed
	ownFailures   int // of these, those since which other messages were stored
	storedBefore  int // inFlight.stored at the last failure
	extendAt      time.Time
	hiddenUntil   time.Time // when the visibility timeout ends
	notExtendable bool      // another receive may own the message after hiddenUntil
}

func newMessage(d Delivery, name Name, now time.Time) *message {
	return &message{
		Delivery: d, name: name, receivedAt: now,
		slot: make(chan struct{}, 1), deleted: make(chan bool, 1),
		state: received, since: now,
	}
}

// hasExpired reports whether another receive may own the message.
func (m *message) hasExpired(now time.Time) bool {
	return m.notExtendable && now.After(m.hiddenUntil)
}
