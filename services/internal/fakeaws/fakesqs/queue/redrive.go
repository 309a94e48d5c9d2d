package queue

import "time"

// Redrive is a redrive policy.
type Redrive struct {
	// MaxReceives is the receive count after which a message moves.
	MaxReceives int
	// Target returns the dead-letter queue, nil when it does not exist.
	Target func() *Queue
}

// redrive moves m, which has just been taken from the visible messages, to the
// dead-letter queue if it has been received often enough. It keeps its id and
// times there.
func (q *Queue) redrive(m *Message, now time.Time) bool {
	if q.Redrive == nil || m.Receives < q.Redrive.MaxReceives {
		return false
	}
	dlq := q.Redrive.Target()
	if dlq == nil {
		return false // SQS, too, leaves a message where it cannot move it
	}
	moved := *m
	moved.Source = q.ARN
	q.remove(m)
	dlq.add(&moved, now, 0)
	return true
}

// Move sends up to limit visible messages to the queues that target returns, and
// reports how many, and whether no message remains that it could move. A message
// for which target returns nil stays. A moved message is a new one, with its own
// id and times.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
func (q *Queue) Move(now time.Time, limit int, target func(*Message) *Queue) (moved int, done bool) {
	q.settle(now)
	var stays []*Message
	for moved < limit {
		m := q.ready.pop()
		if m == nil {
			break
		}
		to := target(m)
		if to == nil {
			stays = append(stays, m)
			continue
		}
		q.remove(m)
		to.Send(&Message{ID: NewID(), Body: m.Body, Attributes: m.Attributes, Group: m.Group}, now, 0)
		moved++
	}
	for _, m := range stays {
		q.ready.push(m)
	}
	return moved, len(q.messages)-len(q.hidden)-len(stays) <= 0
}
