package fakesqs

import "github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"

// Counts is how many messages a queue holds.
type Counts = queue.Counts

// Counts counts the messages of the queue of that name; 0 where there is no such
// queue.
func (s *Service) Counts(name string) Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, found := s.queues[name]
	if !found {
		return Counts{}
	}
	return q.Counts(s.clock.Now())
}

// Messages returns copies of the messages of the queue of that name, in the order
// of sending, without receiving them.
func (s *Service) Messages(name string) []queue.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, found := s.queues[name]
	if !found {
		return nil
	}
	held := q.Messages(s.clock.Now())
	all := make([]queue.Message, 0, len(held))
	for _, m := range held {
		all = append(all, *m)
	}
	return all
}
