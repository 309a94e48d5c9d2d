// Package fakesqs is the stand-in's SQS: standard queues in memory, by the JSON
// protocol of today's SDKs.
//
// It is faithful where a consumer can tell the difference: visibility, long
// polls, receipt handles, receive counts, redrive, limits and error codes. What
// SQS leaves open it decides against the client, where that can be seen: an old
// receipt handle never deletes. It has no FIFO queues, no access policies
// beyond storing them, and delivers every message in the order of its arrival.
package fakesqs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
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
	queues map[string]*queue
	tasks  []*moveTask
	moving sync.WaitGroup
	closed chan struct{}
	close  sync.Once
}

// New makes a service without queues.
func New(clock clockwork.Clock, region, account string) *Service {
	s := &Service{
		Service: awsjson.New("sqs", "1.0"),
		clock:   clock, region: region, account: account,
		queues: map[string]*queue{}, closed: make(chan struct{}),
	}
	awsjson.Handle(s.Service, "CreateQueue", s.createQueue)
	awsjson.Handle(s.Service, "DeleteQueue", s.deleteQueue)
	awsjson.Handle(s.Service, "GetQueueUrl", s.getQueueURL)
	awsjson.Handle(s.Service, "ListQueues", s.listQueues)
	awsjson.Handle(s.Service, "ListDeadLetterSourceQueues", s.listSources)
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
	awsjson.Handle(s.Service, "TagQueue", s.tag)
	awsjson.Handle(s.Service, "UntagQueue", s.untag)
	awsjson.Handle(s.Service, "ListQueueTags", s.listTags)
	return s
}

// Close ends every poll and every move task.
func (s *Service) Close() {
	s.close.Do(func() { close(s.closed) })
	s.moving.Wait()
}

// lookup finds a queue by the last part of its URL: the same queue has
// different URLs for a client on this machine and one in a container.
// Callers hold s.mu.
func (s *Service) lookup(url string) (*queue, error) {
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
func (s *Service) byARN(arn string) *queue {
	q := s.queues[arn[strings.LastIndexByte(arn, ':')+1:]]
	if q == nil || q.arn != arn {
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

// newID is a random UUID, as SQS gives to messages.
func newID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // it never fails: crypto/rand ends the program instead
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
