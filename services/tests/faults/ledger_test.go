package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// sent is a message that a client or a test sent.
type sent struct {
	// id is that of a message which the queue took: by a 200 of the api, or from a
	// test. It is empty for a request that got no 200, which may have been taken
	// all the same.
	id string
	// body is the message; without an id, it ends before received_at.
	body string
	// key is that of the object which it must become. It is empty for poison, which
	// must reach the dead-letter queue, and without an id where it follows from it.
	key string
	// keyed is set if the object's key follows from an idempotency key.
	keyed bool
	// purged is set if the message was in the queue when the queue was purged.
	purged bool
}

// object is an object in the bucket.
type object struct {
	key     string
	content string
}

// ledger counts the outcomes of the messages sent.
type ledger struct {
	accepted      int // messages that the queue took
	stored        int // of these, with one object, of the right key and content
	dead          int // in the dead-letter queue, unchanged
	purged        int // of these, in neither, since the queue was purged
	lost          int // of these, in neither for no reason
	doubled       int // of these, with more than one object or dead message, or an id for two requests
	storedAndDead int // of these, with an object, and in the dead-letter queue as well
	crossWired    int // of these, with the content of another request
	altered       int // of these, with another key or content than was sent
	foreign       int // objects and dead messages that no request explains
	// resent counts objects of a request that got another id or no answer: the
	// api's call took effect, and its answer was lost. At-least-once delivery allows
	// these for requests without an idempotency key.
	resent int

	// findings describe the messages that must not be.
	findings []finding
}

// finding is one message that is not where it must be.
type finding struct {
	// place is the message's id, or the key of a keyed object.
	place, text string
}

func (l ledger) String() string {
	return fmt.Sprintf("accepted %d, stored %d, in DLQ %d, purged %d, lost %d, doubled %d, stored and in DLQ %d, cross-wired %d, altered %d, foreign %d, resent %d",
		l.accepted, l.stored, l.dead, l.purged, l.lost, l.doubled, l.storedAndDead, l.crossWired, l.altered, l.foreign, l.resent)
}

// add adds the counts of another round.
func (l *ledger) add(o ledger) {
	l.accepted += o.accepted
	l.stored += o.stored
	l.dead += o.dead
	l.purged += o.purged
	l.resent += o.resent
}

func (l *ledger) find(count *int, place, format string, args ...any) {
	*count++
	l.findings = append(l.findings, finding{place, fmt.Sprintf(format, args...)})
}

// place is where the objects of a message are found.
func (m *sent) place() string {
	if m.keyed {
		return m.key
	}
	return m.id
}

// withoutTime is a message without received_at, which differs with each attempt.
func withoutTime(body string) string {
	before, _, _ := strings.Cut(body, `, "received_at": "`)
	return before
}

// balance compares the messages sent with what the bucket and the dead-letter
// queue hold. objects are by message id or key of a keyed object, dead holds bodies
// by message id.
func balance(messages []sent, objects map[string][]object, dead map[string][]string) ledger {
	l := ledger{}
	known := map[string]bool{}       // places of accepted messages
	contents := map[string][]*sent{} // of all attempts
	for i := range messages {
		m := &messages[i]
		contents[withoutTime(m.body)] = append(contents[withoutTime(m.body)], m)
		if m.id == "" {
			continue
		}
		l.accepted++
		if known[m.id] {
			l.find(&l.doubled, m.id, "two requests got this id")
			continue
		}
		known[m.id], known[m.place()] = true, true
	}
	for i := range messages {
		if m := &messages[i]; m.id != "" {
			l.settle(m, contents, objects[m.place()], dead[m.id])
		}
	}
	for place, found := range objects {
		if known[place] {
			continue
		}
		for _, o := range found {
			if len(found) == 1 && explained(o, contents) {
				l.resent++
			} else {
				l.find(&l.foreign, place, "no request explains the object %s", o.key)
			}
		}
	}
	for id, bodies := range dead {
		for _, body := range bodies {
			switch {
			case known[id]:
			case contents[withoutTime(body)] != nil:
				l.dead++
			default:
				l.find(&l.foreign, id, "no request explains the message in the dead-letter queue")
			}
		}
	}
	slices.SortFunc(l.findings, func(a, b finding) int { return strings.Compare(a.text+a.place, b.text+b.place) })
	return l
}

// settle counts the outcome of one accepted message.
func (l *ledger) settle(m *sent, contents map[string][]*sent, found []object, dead []string) {
	switch {
	case len(found) == 0 && len(dead) == 0 && m.purged:
		l.purged++
	case len(found) == 0 && len(dead) == 0:
		l.find(&l.lost, m.place(), "message %s is neither an object nor in the dead-letter queue", m.id)
	case len(found) > 0 && len(dead) > 0:
		l.find(&l.storedAndDead, m.place(), "message %s is an object, and in the dead-letter queue", m.id)
	case len(found)+len(dead) > 1:
		l.find(&l.doubled, m.place(), "message %s has %d objects, and is %d times in the dead-letter queue", m.id, len(found), len(dead))
	case len(dead) == 1 && dead[0] == m.body:
		l.dead++
	case len(dead) == 1:
		l.find(&l.altered, m.place(), "message %s is changed in the dead-letter queue", m.id)
	case m.fits(found[0], contents):
		l.stored++
	case withoutTime(found[0].content) != withoutTime(m.body) && contents[withoutTime(found[0].content)] != nil:
		l.find(&l.crossWired, m.place(), "message %s is stored under %s with the content of another request", m.id, found[0].key)
	default:
		l.find(&l.altered, m.place(), "message %s is stored under %s, with a key or content that its request does not have", m.id, found[0].key)
	}
}

// fits reports whether o is what the message must become. Of several messages with
// one idempotency key, any may be the one that is stored.
func (m *sent) fits(o object, contents map[string][]*sent) bool {
	if o.key != m.key {
		return false
	}
	if !m.keyed {
		return o.content == m.body
	}
	return slices.ContainsFunc(contents[withoutTime(o.content)], func(other *sent) bool {
		return other.key == m.key && (other.id == "" || other.body == o.content)
	})
}

var keyForm = regexp.MustCompile(`^emails/v1/local/\d{4}/\d{2}/\d{2}/(-?\d+)_msgid=([0-9a-f-]+)\.json$`)

// explained reports whether an object of an id that no client knows is that of a
// request: of one that got another id, byte for byte; or of one without an answer.
func explained(o object, contents map[string][]*sent) bool {
	_, received, _ := strings.Cut(o.content, `"received_at": "`)
	parts := keyForm.FindStringSubmatch(o.key)
	for _, m := range contents[withoutTime(o.content)] {
		switch {
		case m.id != "" && m.body != o.content:
		case m.keyed && m.key == o.key:
			return true
		case m.keyed || parts == nil || !strings.Contains(o.content, `"email_timestream": `+parts[1]+`,`):
		case o.key == fmt.Sprintf("emails/v1/local/%s/%s_msgid=%s.json",
			strings.ReplaceAll(received[:min(len(received), len("2006-01-02"))], "-", "/"), parts[1], parts[2]):
			return true
		}
	}
	return false
}
