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
	if err := s.apply(&chosen, s.ARN(in.QueueName), in.Attributes); err != nil {
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

// apply sets attributes of the queue at arn, all or none.
func (s *Service) apply(to *settings, arn string, attributes map[string]string) error {
	changed := *to
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := changed.set(name, attributes[name]); err != nil {
			return err
		}
	}
	if _, given := attributes["RedrivePolicy"]; given && changed.redrive != nil {
		target := s.byARN(changed.redrive.target)
		if target == nil {
			return invalidParameter("RedrivePolicy", changed.redrive.text, "Dead letter target does not exist.")
		}
		if !target.settings.allow.allows(arn) {
			return invalidParameter("RedrivePolicy", changed.redrive.text,
				"Dead letter target's RedriveAllowPolicy does not permit this queue.")
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

type listIn struct {
	QueueNamePrefix string
	MaxResults      int
	NextToken       string
}

type listOut struct {
	QueueUrls []string
	NextToken string `json:",omitempty"`
}

func (s *Service) listQueues(ctx context.Context, in *listIn) (*listOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.queues {
		if strings.HasPrefix(name, in.QueueNamePrefix) && name > in.NextToken {
			names = append(names, name)
		}
	}
	return s.page(ctx, names, in.MaxResults), nil
}

// page answers queues in the order of their names. The token of the next page
// is the last name of this one.
func (s *Service) page(ctx context.Context, names []string, limit int) *listOut {
	const defaultLimit = 1000
	slices.Sort(names)
	out := &listOut{QueueUrls: []string{}}
	if limit <= 0 || limit > defaultLimit {
		limit = defaultLimit
	}
	if len(names) > limit {
		names = names[:limit]
		out.NextToken = names[limit-1]
	}
	for _, name := range names {
		out.QueueUrls = append(out.QueueUrls, s.url(ctx, name))
	}
	return out
}

type sourcesIn struct {
	QueueUrl   string
	MaxResults int
	NextToken  string
}

type sourcesOut struct {
	QueueUrls []string `json:"queueUrls"`
	NextToken string   `json:",omitempty"`
}

func (s *Service) listSources(ctx context.Context, in *sourcesIn) (*sourcesOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, source := range s.sources(q) {
		if source.name > in.NextToken {
			names = append(names, source.name)
		}
	}
	page := s.page(ctx, names, in.MaxResults)
	return &sourcesOut{QueueUrls: page.QueueUrls, NextToken: page.NextToken}, nil
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
