// Package queue models a standard queue of SQS: send, receive, delete, change of
// the visibility timeout, retention and redrive, without SQS's protocol. The
// caller gives the time of each call.
//
// Where SQS leaves a result open, the model takes the one that is worst for the
// client: an old receipt handle never deletes. Messages are received in the order
// in which they became visible.
//
// The methods of a Queue are not safe for concurrent use. Queues that move messages
// to each other need one common mutex.
package queue

import (
	"container/heap"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"time"
)

// Limits of SQS.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	// MaxInFlight is how many messages of a queue can be in flight.
	MaxInFlight = 120_000
	// MaxVisibility is how long one receive can hide a message, extensions included.
	MaxVisibility = 12 * time.Hour
)

// Queue is one queue.
type Queue struct {
	// ARN names the queue.
	ARN string
	// Retention is the age at which a message is dropped.
	Retention time.Duration
	// Redrive is nil for a queue without a dead-letter queue.
	Redrive *Redrive

	// uid is part of receipt handles, so that those of a deleted queue of the same
	// name are not valid.
	uid      string
	messages map[string]*Message
	// ready are the visible messages in the order in which they became so, with
	// some that are gone in between.
	ready    fifo
	hidden   hidden
	inFlight int
	// changed is closed, and replaced, when waiting polls have to look again.
	changed chan struct{}
	deleted bool
}

// New makes an empty queue.
func New(arn string, retention time.Duration) *Queue {
	return &Queue{
		ARN: arn, Retention: retention, uid: NewID(),
		messages: map[string]*Message{}, changed: make(chan struct{}),
	}
}

// Wake makes the polls that wait look at the queue again.
func (q *Queue) Wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// Send puts a new message into the queue, visible after delay.
func (q *Queue) Send(m *Message, now time.Time, delay time.Duration) {
	m.SentAt = now
	q.add(m, now, delay)
}

func (q *Queue) add(m *Message, now time.Time, delay time.Duration) {
	q.messages[m.ID] = m
	m.index = -1
	if delay > 0 {
		q.hide(m, now.Add(delay), false)
	} else {
		q.ready.push(m)
	}
	q.Wake()
}

// Purge deletes every message.
func (q *Queue) Purge() {
	for _, m := range q.messages {
		q.remove(m)
	}
}

// Delete ends every poll with ErrDeleted.
func (q *Queue) Delete() {
	q.deleted = true
	q.Wake()
}

// Counts is how many messages a queue holds.
type Counts struct {
	// Visible can be received.
	Visible int
	// InFlight have been received and are hidden.
	InFlight int
	// Delayed were sent with a delay that is not over.
	Delayed int
}

// Total is all of them.
func (c Counts) Total() int { return c.Visible + c.InFlight + c.Delayed }

// Counts counts the messages at a time.
func (q *Queue) Counts(now time.Time) Counts {
	q.expire(now)
	q.settle(now)
	return Counts{
		Visible:  len(q.messages) - len(q.hidden),
		InFlight: q.inFlight,
		Delayed:  len(q.hidden) - q.inFlight,
	}
}

// Messages returns the messages in the order of sending, without receiving them.
// They must not be changed.
func (q *Queue) Messages(now time.Time) []*Message {
	q.expire(now)
	q.settle(now)
	all := make([]*Message, 0, len(q.messages))
	for _, m := range q.messages {
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b *Message) int { return a.SentAt.Compare(b.SentAt) })
	return all
}

// hide makes m invisible until then. It must not be among the hidden.
func (q *Queue) hide(m *Message, until time.Time, inFlight bool) {
	m.visibleAt, m.InFlight = until, inFlight
	if inFlight {
		q.inFlight++
	}
	heap.Push(&q.hidden, m)
}

// unhide takes m from among the hidden, if it is there.
func (q *Queue) unhide(m *Message) {
	if m.index < 0 {
		return
	}
	heap.Remove(&q.hidden, m.index)
	if m.InFlight {
		q.inFlight--
		m.InFlight = false
	}
}

// remove takes m out of the queue.
func (q *Queue) remove(m *Message) {
	q.unhide(m)
	m.gone = true
	delete(q.messages, m.ID)
}

// settle makes visible what has been hidden long enough.
func (q *Queue) settle(now time.Time) {
	for len(q.hidden) > 0 && !q.hidden[0].visibleAt.After(now) {
		m := q.hidden[0]
		q.unhide(m)
		q.ready.push(m)
	}
}

// expire drops what is older than the retention period.
func (q *Queue) expire(now time.Time) {
	for _, m := range q.messages {
		if q.expired(m, now) {
			q.remove(m)
		}
	}
}

// expired goes by the time of sending, which a redrive does not change.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
func (q *Queue) expired(m *Message, now time.Time) bool {
	return now.Sub(m.SentAt) >= q.Retention
}

// nextVisible is when the next hidden message becomes visible.
func (q *Queue) nextVisible() (at time.Time, known bool) {
	if len(q.hidden) == 0 {
		return time.Time{}, false
	}
	return q.hidden[0].visibleAt, true
}

// NewID returns a random UUID, as SQS gives to messages.
func NewID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // it never fails: crypto/rand ends the program instead
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
