// Package fakesqs is the SQS of the fake AWS: standard queues in memory, with the
// JSON protocol of the SDKs. Package queue is the model of a queue; this package
// adds the operations, their limits and their error codes.
//
// It has no FIFO queues and no tags. Access policies are stored and have no effect.
package fakesqs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/jonboulle/clockwork"
)

// Service holds the queues of one account and region.
type Service struct {
	*awsjson.Service
	clock   clockwork.Clock
	account string
	region  string

	// mu guards every queue: calls hold it for microseconds, and a redrive
	// touches two queues at once.
	mu     sync.Mutex
	queues map[string]*namedQueue
	tasks  []*moveTask
	moving sync.WaitGroup
	// closing ends when Close is called.
	closing context.Context
	close   context.CancelFunc
}

// namedQueue is a queue with what its operations show of it. The service's mutex
// guards it.
type namedQueue struct {
	*queue.Queue
	name     string
	settings settings
	created  time.Time
	modified time.Time
	purged   time.Time
}

// engine is nil for a queue that does not exist.
func (q *namedQueue) engine() *queue.Queue {
	if q == nil {
		return nil
	}
	return q.Queue
}

// New makes a service without queues.
func New(clock clockwork.Clock, region, account string) *Service {
	s := &Service{
		Service: awsjson.New("sqs", "1.0"),
		clock:   clock, region: region, account: account,
		queues: map[string]*namedQueue{},
	}
	s.closing, s.close = context.WithCancel(context.Background())
	awsjson.Handle(s.Service, "CreateQueue", s.createQueue)
	awsjson.Handle(s.Service, "DeleteQueue", s.deleteQueue)
	awsjson.Handle(s.Service, "GetQueueUrl", s.getQueueURL)
	awsjson.Handle(s.Service, "ListQueues", s.listQueues)
	awsjson.Handle(s.Service, "GetQueueAttributes", s.getAttributes)
	awsjson.Handle(s.Service, "SetQueueAttributes", s.setAttributes)
	awsjson.Handle(s.Service, "PurgeQueue", s.purge)
	awsjson.Handle(s.Service, "SendMessage", s.send)
	awsjson.Handle(s.Service, "SendMessageBatch", s.sendBatch)
	awsjson.Handle(s.Service, "ReceiveMessage", s.receive)
	awsjson.Handle(s.Service, "DeleteMessage", s.delete)
	awsjson.Handle(s.Service, "DeleteMessageBatch", s.deleteBatch)
	awsjson.Handle(s.Service, "ChangeMessageVisibility", s.changeVisibility)
	awsjson.Handle(s.Service, "ChangeMessageVisibilityBatch", s.changeVisibilityBatch)
	awsjson.Handle(s.Service, "StartMessageMoveTask", s.startMove)
	awsjson.Handle(s.Service, "ListMessageMoveTasks", s.listMoves)
	awsjson.Handle(s.Service, "CancelMessageMoveTask", s.cancelMove)
	return s
}

// Close ends every poll and every move task.
func (s *Service) Close() {
	s.close()
	s.moving.Wait()
}

// lookup finds a queue by the last part of its URL: the same queue has
// different URLs for a client on this machine and one in a container.
// Callers hold s.mu.
func (s *Service) lookup(url string) (*namedQueue, error) {
	if url == "" {
		return nil, missingParameter("QueueUrl")
	}
	q, found := s.queues[url[strings.LastIndexByte(url, '/')+1:]]
	if !found {
		return nil, errNoQueue
	}
	return q, nil
}

// byARN is nil for a queue that does not exist. Callers hold s.mu.
func (s *Service) byARN(arn string) *namedQueue {
	q := s.queues[arn[strings.LastIndexByte(arn, ':')+1:]]
	if q == nil || q.ARN != arn {
		return nil
	}
	return q
}

// ARN is that of the queue of that name.
func (s *Service) ARN(name string) string {
	return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", s.region, s.account, name)
}

func (s *Service) url(ctx context.Context, name string) string {
	return fmt.Sprintf("http://%s/%s/%s", awsjson.Host(ctx), s.account, name)
}
