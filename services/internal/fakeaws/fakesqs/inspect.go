package fakesqs

import (
	"slices"
	"time"
)

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

// count expects s.mu held.
func (s *Service) count(q *queue) Counts {
	now := s.clock.Now()
	q.expire(now)
	q.settle(now)
	return Counts{
		Visible:  len(q.messages) - len(q.hidden),
		InFlight: q.inFlight,
		Delayed:  len(q.hidden) - q.inFlight,
	}
}

// Counts are those of the queue of that name; none for one that does not exist.
func (s *Service) Counts(name string) Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, found := s.queues[name]
	if !found {
		return Counts{}
	}
	return s.count(q)
}

// Message is a message as Messages shows it.
type Message struct {
	ID       string
	Body     string
	SentAt   time.Time
	Receives int
	InFlight bool
}

// Messages are what the queue of that name holds, in the order of sending,
// without receiving any of it.
func (s *Service) Messages(name string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, found := s.queues[name]
	if !found {
		return nil
	}
	s.count(q)
	all := make([]Message, 0, len(q.messages))
	for _, m := range q.messages {
		all = append(all, Message{ID: m.id, Body: m.body, SentAt: m.sentAt, Receives: m.receives, InFlight: m.inFlight})
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.SentAt.Compare(b.SentAt) })
	return all
}
