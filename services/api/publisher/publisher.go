// Package publisher sends messages to the queue, several in one call when
// several are at hand.
//
// A message that comes alone leaves at once. While calls are out, newcomers
// gather and leave together: so the number of calls, which SQS charges for and
// the network limits, grows far slower than the number of messages, and none
// waits for company that may never come.
package publisher

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// MaxBatch is the most entries of one SendMessageBatch.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const MaxBatch = 10

// Result is the fate of one entry of a batch.
type Result struct {
	// ID is the id that the queue gave the message.
	ID string
	// Err is why the entry was not taken.
	Err error
	// Final tells that sending the entry again is in vain.
	Final bool
}

// Queue is where messages go. An error of either call means that none of its
// messages is known to be taken, after as many attempts as are worth making.
type Queue interface {
	Send(ctx context.Context, body []byte) (id string, err error)
	// SendBatch sends up to MaxBatch messages and returns a result for each, in
	// order.
	SendBatch(ctx context.Context, bodies [][]byte) ([]Result, error)
}

// Options of a publisher.
type Options struct {
	Queue Queue
	// MaxCalls is how many calls may be out at once. A lone caller never needs
	// two; 12 keep up with 256 callers on a queue that answers in 10 ms, and
	// more only thin out the batches.
	MaxCalls int
	// MaxWaiting bounds the messages that are not out yet, MaxWaitingBytes
	// their size together.
	MaxWaiting      int
	MaxWaitingBytes int
	// MaxGather is how long a message waits for company while calls are out; it
	// keeps one slow call from holding up the rest.
	MaxGather time.Duration
	// MaxWait is how long a message waits for its turn before it is refused: while
	// the queue is down, callers learn that in time to try elsewhere or later.
	MaxWait time.Duration
	// Attempts is how often an entry that failed by itself is sent in all.
	Attempts int
	// CallTimeout bounds a call with all its retries.
	CallTimeout time.Duration
}

// Defaults are the options that the api runs with, but for Queue and Attempts.
func Defaults() Options {
	return Options{
		MaxCalls:        12,
		MaxWaiting:      2048,
		MaxWaitingBytes: 16 << 20,
		MaxGather:       25 * time.Millisecond,
		MaxWait:         10 * time.Second,
		CallTimeout:     20 * time.Second,
	}
}

// Publisher sends messages. Close it when no more will come.
type Publisher struct {
	Options

	// sending is the context of every call: none is tied to a caller's, since
	// several share it.
	sending context.Context
	giveUp  context.CancelFunc

	mu sync.Mutex
	// waiting are the messages that are not out, oldest first; those whose
	// caller has gone are skipped when their turn comes.
	waiting []*entry
	// room is what waits, retries in their pause included.
	room, roomBytes int
	// calls are out.
	calls int
	// gathering is set while a timer is to look at the waiting room again.
	gathering bool
	gather    *time.Timer
	closed    bool
	// working counts the messages that were admitted and have not met their fate.
	working sync.WaitGroup
}

// entry is one message on its way.
type entry struct {
	body     []byte
	attempts int
	since    time.Time
	// gone is set when the caller stopped waiting before the message was out.
	gone bool
	// out is set while the message is part of a call.
	out  bool
	done chan Result
}

// New makes a publisher.
func New(o Options) *Publisher {
	p := &Publisher{Options: o}
	p.sending, p.giveUp = context.WithCancel(context.Background())
	return p
}

// Publish sends body and returns the id that the queue gave it. Its error wraps
// ErrOverloaded where the waiting room is full or the wait too long, ErrClosed
// after Close. When ctx ends first, a message that is not out yet is not sent;
// one that is out may still be taken.
func (p *Publisher) Publish(ctx context.Context, body []byte) (string, error) {
	e := &entry{body: body, done: make(chan Result, 1)}
	if err := p.admit(e); err != nil {
		return "", err
	}
	select {
	case result := <-e.done:
		return result.ID, result.Err
	case <-ctx.Done():
		p.leave(e)
		return "", fmt.Errorf("waiting for the queue: %w", ctx.Err())
	}
}

// Close refuses newcomers and waits until every message that was admitted has
// met its fate. When ctx ends first, the rest is given up, which its callers
// are told, and Close returns the reason.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	finished := make(chan struct{})
	go func() { p.working.Wait(); close(finished) }()
	var err error
	select {
	case <-finished:
	case <-ctx.Done():
		err = fmt.Errorf("finishing what is being sent: %w", ctx.Err())
	}
	p.giveUp()
	<-finished
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gather != nil {
		p.gather.Stop()
	}
	return err
}
