package fakesqs

import (
	"container/heap"
	"time"
)

// maxInFlight is how many messages of a standard queue can be in flight.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxInFlight = 120_000

// queue is one queue. The service's mutex guards it.
type queue struct {
	name string
	arn  string
	// uid tells a queue from an earlier one of the same name, whose receipt
	// handles are of no use.
	uid      string
	settings settings
	tags     map[string]string

	created  time.Time
	modified time.Time
	purged   time.Time

	messages map[string]*message
	// ready are the visible messages in the order in which they became so, with
	// some that are gone in between.
	ready    fifo
	hidden   hidden
	inFlight int
	// changed is closed, and replaced, when waiting polls have to look again.
	changed chan struct{}
	deleted bool
}

func newQueue(name, arn string, s settings, now time.Time) *queue {
	return &queue{
		name: name, arn: arn, uid: newID(), settings: s, created: now, modified: now,
		tags: map[string]string{}, messages: map[string]*message{}, changed: make(chan struct{}),
	}
}

func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// add puts a new message into the queue, visible after delay.
func (q *queue) add(m *message, now time.Time, delay time.Duration) {
	q.messages[m.id] = m
	m.index = -1
	if delay > 0 {
		q.hide(m, now.Add(delay), false)
	} else {
		q.ready.push(m)
	}
	q.wake()
}

// hide makes m invisible until then. It must not be among the hidden.
func (q *queue) hide(m *message, until time.Time, inFlight bool) {
	m.visibleAt, m.inFlight = until, inFlight
	if inFlight {
		q.inFlight++
	}
	heap.Push(&q.hidden, m)
}

// unhide takes m from among the hidden, if it is there.
func (q *queue) unhide(m *message) {
	if m.index < 0 {
		return
	}
	heap.Remove(&q.hidden, m.index)
	if m.inFlight {
		q.inFlight--
		m.inFlight = false
	}
}

// remove ends m's life in this queue.
func (q *queue) remove(m *message) {
	q.unhide(m)
	m.gone = true
	delete(q.messages, m.id)
}

// settle makes visible what has been hidden long enough.
func (q *queue) settle(now time.Time) {
	for len(q.hidden) > 0 && !q.hidden[0].visibleAt.After(now) {
		m := q.hidden[0]
		q.unhide(m)
		q.ready.push(m)
	}
}

// expire drops what is older than the retention period.
func (q *queue) expire(now time.Time) {
	for _, m := range q.messages {
		if q.expired(m, now) {
			q.remove(m)
		}
	}
}

// expired goes by the time of sending, which a redrive does not change.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
func (q *queue) expired(m *message, now time.Time) bool {
	return now.Sub(m.sentAt) >= q.settings.retention
}

// nextVisible is when the next hidden message becomes visible.
func (q *queue) nextVisible() (at time.Time, known bool) {
	if len(q.hidden) == 0 {
		return time.Time{}, false
	}
	return q.hidden[0].visibleAt, true
}

// fifo is a list of messages to push at one end and pop at the other.
type fifo struct {
	items []*message
	head  int
}

func (f *fifo) push(m *message) { f.items = append(f.items, m) }

// pop returns the first message that is not gone, or nil.
func (f *fifo) pop() *message {
	for f.head < len(f.items) {
		m := f.items[f.head]
		f.items[f.head] = nil
		f.head++
		if f.head*2 > len(f.items) {
			// What is before the head would otherwise never be given back.
			rest := copy(f.items, f.items[f.head:])
			clear(f.items[rest:])
			f.items, f.head = f.items[:rest], 0
		}
		if !m.gone {
			return m
		}
	}
	return nil
}

// hidden is a heap by visibleAt.
type hidden []*message

func (h hidden) Len() int           { return len(h) }
func (h hidden) Less(i, j int) bool { return h[i].visibleAt.Before(h[j].visibleAt) }

func (h hidden) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *hidden) Push(x any) {
	m, _ := x.(*message)
	m.index = len(*h)
	*h = append(*h, m)
}

func (h *hidden) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	m.index = -1
	return m
}
