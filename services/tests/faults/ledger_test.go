package faults

import "fmt"

// sent is a message that the queue took: by a 200 of the api, or from a test.
type sent struct {
	id   string
	body string
	// key is that of the object which it must become; empty for poison, which
	// must reach the dead-letter queue.
	key string
}

// object is an object in the bucket.
type object struct {
	key     string
	content string
}

// ledger counts the outcomes of the messages sent.
type ledger struct {
	accepted int // messages sent
	stored   int // of these, with one object, of the right key and content
	dead     int // of these, in the dead-letter queue, unchanged
	lost     int // of these, in neither
	doubled  int // of these, with more than one object, or an object and dead
	altered  int // of these, with another key or content than was sent
	resent   int // objects and dead messages of ids that were not sent
}

func (l ledger) String() string {
	return fmt.Sprintf("accepted %d, stored %d, in DLQ %d, lost %d, doubled %d, altered %d, resent %d",
		l.accepted, l.stored, l.dead, l.lost, l.doubled, l.altered, l.resent)
}

// balance compares the messages sent with what the bucket and the dead-letter
// queue hold, by message id. dead holds bodies.
func balance(messages []sent, objects map[string][]object, dead map[string][]string) ledger {
	l := ledger{accepted: len(messages)}
	known := make(map[string]bool, len(messages))
	for _, m := range messages {
		known[m.id] = true
		switch found := len(objects[m.id]) + len(dead[m.id]); {
		case found == 0:
			l.lost++
		case found > 1:
			l.doubled++
		case len(dead[m.id]) == 1 && dead[m.id][0] == m.body:
			l.dead++
		case len(objects[m.id]) == 1 && objects[m.id][0] == object{key: m.key, content: m.body}:
			l.stored++
		default:
			l.altered++
		}
	}
	for id := range objects {
		if !known[id] {
			l.resent++
		}
	}
	for id := range dead {
		if !known[id] {
			l.resent++
		}
	}
	// One id twice among the answers would be two requests for one message.
	l.doubled += len(messages) - len(known)
	return l
}
