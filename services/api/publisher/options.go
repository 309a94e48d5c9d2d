package publisher

import (
	"context"
	"errors"
	"time"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// The reasons for which a message is not taken.
var (
	// ErrOverloaded says that more messages are pending than can be sent soon:
	// the message was not taken and may be offered again later.
	ErrOverloaded = errors.New("too many messages are waiting to be sent")
	// ErrNotSent says that the client left before the message was sent.
	ErrNotSent = errors.New("the message was not sent")
	// ErrClosed says that the publisher is being closed.
	ErrClosed = errors.New("no more messages are sent")
)

// MaxBatch is the most entries of one SendMessageBatch.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const MaxBatch = 10

// Message is what a client sends.
type Message struct {
	Body []byte
	// IdempotencyKey is the client's, empty if it gave none.
	IdempotencyKey string
	// Traceparent names the span that sends the message, empty without traces.
	Traceparent string
}

// size is what counts towards the limits of a message and of a call, in bytes.
func (m Message) size() int {
	return len(m.Body) + message.AttributeSize(message.IdempotencyAttribute, m.IdempotencyKey) +
		message.AttributeSize(message.TraceparentAttribute, m.Traceparent)
}

// Result is the outcome of one entry of a batch.
type Result struct {
	// ID is the id that the queue gave the message.
	ID string
	// Err is why the entry was not taken.
	Err error
	// Permanent is set for an error that another attempt would return again.
	Permanent bool
}

// Queue is where messages go. An error of either call means that none of its
// messages is known to be taken, after all attempts that are worth making.
type Queue interface {
	Send(ctx context.Context, m Message) (id string, err error)
	// SendBatch sends up to MaxBatch messages and returns a result for each, in
	// order.
	SendBatch(ctx context.Context, messages []Message) ([]Result, error)
}

// Options of a publisher.
type Options struct {
	Queue Queue
	// MaxCalls is how many calls may be in flight at once. 12 keep up with 256
	// clients on a queue that answers in 10 ms; more only make the batches
	// smaller.
	MaxCalls int
	// MaxPending bounds the messages that are not part of a call,
	// MaxPendingBytes the sum of their sizes.
	MaxPending      int
	MaxPendingBytes int
	// MaxGather is how long a message waits for others while calls are in
	// flight; it keeps one slow call from delaying the rest. It is half of what a
	// call takes: at 1,000 payloads a second the slowest hundredth takes 1.5 calls, for
	// 166 calls per 1,000. With 25 ms it takes 2, for 114.
	MaxGather time.Duration
	// MaxWait is how long a message is pending before it is refused, so that
	// clients learn of an outage of the queue in time.
	MaxWait time.Duration
	// Grace is how long a message stays pending after Publish has seen that its
	// context has ended.
	Grace time.Duration
	// Attempts is how often an entry that failed alone is sent in all.
	Attempts int
	// CallTimeout bounds a call with all its retries.
	CallTimeout time.Duration
}

// Defaults are the options that the api runs with, except Queue, Grace and Attempts.
func Defaults() Options {
	return Options{
		MaxCalls:        12,
		MaxPending:      2048,
		MaxPendingBytes: 16 << 20,
		MaxGather:       5 * time.Millisecond,
		MaxWait:         10 * time.Second,
		CallTimeout:     20 * time.Second,
	}
}
