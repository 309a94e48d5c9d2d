package fakesqs

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
)

type empty struct{}

type queueIn struct{ QueueUrl string }

type createIn struct {
	QueueName  string
	Attributes map[string]string
}

// Create makes a queue, as CreateQueue does.
func (s *Service) Create(name string, attributes map[string]string) error {
	_, err := s.createQueue(context.Background(), &createIn{QueueName: name, Attributes: attributes})
	return err
}

type urlOut struct{ QueueUrl string }

var queueName = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,80}\z`)

func (s *Service) createQueue(ctx context.Context, in *createIn) (*urlOut, error) {
	if !queueName.MatchString(in.QueueName) {
		return nil, invalidParameter("QueueName", in.QueueName,
			"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length. The fake AWS has no FIFO queues.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if existing, found := s.queues[in.QueueName]; found {
		texts := existing.settings.texts()
		for name, value := range in.Attributes {
			if texts[name] != value {
				return nil, errQueueExists
			}
		}
		return &urlOut{s.url(ctx, in.QueueName)}, nil
	}
	chosen := defaults()
	if err := s.apply(&chosen, in.Attributes); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	q := &namedQueue{
		Queue: queue.New(s.ARN(in.QueueName), chosen.retention), name: in.QueueName, created: now, modified: now,
	}
	s.configure(q, chosen)
	s.queues[in.QueueName] = q
	return &urlOut{s.url(ctx, in.QueueName)}, nil
}

// apply sets attributes, all or none.
func (s *Service) apply(to *settings, attributes map[string]string) error {
	changed := *to
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := changed.set(name, attributes[name]); err != nil {
			return err
		}
	}
	if _, given := attributes["RedrivePolicy"]; given && changed.redrive != nil {
		if s.byARN(changed.redrive.target) == nil {
			return invalidParameter("RedrivePolicy", changed.redrive.text, "Dead letter target does not exist.")
		}
	}
	*to = changed
	return nil
}

// configure makes the settings those of q.
func (s *Service) configure(q *namedQueue, chosen settings) {
	q.settings, q.Retention, q.Redrive = chosen, chosen.retention, nil
	if policy := chosen.redrive; policy != nil {
		q.Redrive = &queue.Redrive{MaxReceives: policy.maxReceives, Target: func() *queue.Queue { return s.byARN(policy.target).engine() }}
	}
}

func (s *Service) deleteQueue(_ context.Context, in *queueIn) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	delete(s.queues, q.name)
	q.Delete()
	return &empty{}, nil
}

type getURLIn struct{ QueueName string }

func (s *Service) getQueueURL(ctx context.Context, in *getURLIn) (*urlOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.queues[in.QueueName]; !found {
		return nil, errNoQueue
	}
	return &urlOut{s.url(ctx, in.QueueName)}, nil
}

type listIn struct{ QueueNamePrefix string }

type listOut struct{ QueueUrls []string }

// listQueues answers all queues in the order of their names: there are no pages.
func (s *Service) listQueues(ctx context.Context, in *listIn) (*listOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &listOut{QueueUrls: []string{}}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if strings.HasPrefix(name, in.QueueNamePrefix) {
			out.QueueUrls = append(out.QueueUrls, s.url(ctx, name))
		}
	}
	return out, nil
}

// sources are the queues whose dead-letter queue is dlq.
func (s *Service) sources(dlq *namedQueue) []*namedQueue {
	var sources []*namedQueue
	for _, q := range s.queues {
		if q.settings.redrive != nil && q.settings.redrive.target == dlq.ARN {
			sources = append(sources, q)
		}
	}
	return sources
}

// purge empties the queue, at most once in 60 seconds.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
func (s *Service) purge(_ context.Context, in *queueIn) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if !q.purged.IsZero() && now.Sub(q.purged) < time.Minute {
		return nil, clientError("PurgeQueueInProgress", legacy+"PurgeQueueInProgress",
			"Only one PurgeQueue operation on "+q.name+" is allowed every 60 seconds.")
	}
	q.purged = now
	q.Purge()
	return &empty{}, nil
}
