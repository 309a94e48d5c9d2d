package faults

import "fmt"

// ledger says what became of what was accepted.
type ledger struct {
	accepted int // 200s, and poison put into the queue
	stored   int // of these, with one object
	dead     int // of these, in the dead-letter queue
	lost     int // of these, neither
	doubled  int // of these, with more than one object, or an object and dead
	resent   int // objects and dead messages beyond what was accepted
}

func (l ledger) String() string {
	return fmt.Sprintf("accepted %d, stored %d, in DLQ %d, lost %d, doubled %d, resent %d",
		l.accepted, l.stored, l.dead, l.lost, l.doubled, l.resent)
}

// balance compares what was accepted with what the bucket and the dead-letter
// queue hold, by message id.
func balance(accepted []string, objects, dead map[string]int) ledger {
	l := ledger{accepted: len(accepted)}
	known := make(map[string]bool, len(accepted))
	for _, id := range accepted {
		known[id] = true
		switch found := objects[id] + dead[id]; {
		case found == 0:
			l.lost++
		case found > 1:
			l.doubled++
		case objects[id] == 1:
			l.stored++
		default:
			l.dead++
		}
	}
	for _, found := range []map[string]int{objects, dead} {
		for id := range found {
			if !known[id] {
				l.resent++
			}
		}
	}
	// One id twice among the answers would be two requests for one message.
	l.doubled += len(accepted) - len(known)
	return l
}
