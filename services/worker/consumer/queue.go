package consumer

import (
	"context"
	"errors"
	"time"
)

// BatchSize is the most entries that SQS takes in one DeleteMessageBatch or
// ChangeMessageVisibilityBatch, and the most messages that one ReceiveMessage
// returns.
const BatchSize = 10

// MaxInFlight is how long SQS lets one receive of a message last, however
// often its visibility is extended.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
const MaxInFlight = 12 * time.Hour

// ErrPermanent marks an error that further attempts cannot cure: a receipt
// handle that is no longer valid, a key that S3 does not accept.
var ErrPermanent = errors.New("permanent error")

// Delivery is one receive of one message.
type Delivery struct {
	// ID is the message's id, the same in every delivery.
	ID string
	// Handle is the receipt handle of this delivery.
	Handle string
	// Body is the message as it was sent.
	Body []byte
	// Receives is the receive count: how often the message has been received,
	// this time included.
	Receives int
	// SentAt is when the queue took the message.
	SentAt time.Time
	// IdempotencyKey is the client's, empty if it gave none.
	IdempotencyKey string
	// Traceparent names the span that sent the message, empty if none did.
	Traceparent string
}

// ReceiveRequest is one poll.
type ReceiveRequest struct {
	// Max is the most messages to return, 1 to BatchSize.
	Max int
	// Wait is how long the poll waits for a first message, 0 to 20 s.
	Wait time.Duration
	// Visibility is how long the queue hides what this poll returns.
	Visibility time.Duration
}

// VisibilityChange hides the message of a receipt handle for Timeout from now;
// zero returns it to the queue at once.
type VisibilityChange struct {
	Handle  string
	Timeout time.Duration
}

// Queue is what the consumer needs of SQS.
//
// The batch calls take at most BatchSize entries. They return one result for
// each entry, in order: nil where it was done, an error that wraps ErrPermanent
// where trying again is useless. A second, non-nil error means that the call
// failed as a whole and that nothing is known of its entries.
type Queue interface {
	// Receive may return messages after ctx has ended; they count as received.
	Receive(ctx context.Context, request ReceiveRequest) ([]Delivery, error)
	DeleteBatch(ctx context.Context, handles []string) ([]error, error)
	ChangeVisibilityBatch(ctx context.Context, changes []VisibilityChange) ([]error, error)
}

// Name is what the object of a message is called.
type Name struct {
	Key string
	// Digest identifies the content if several messages may have the same key. It is
	// empty if the key belongs to one message alone.
	Digest string
}

// Outcome is that of a successful write.
type Outcome int

const (
	// Created is an object that was written.
	Created Outcome = iota
	// Present is an object that was there already.
	Present
	// Different is Present, with a digest other than that of the message.
	Different
	// Uncompared is Present, and its digest may not be read, or it has none.
	Uncompared
)

// Store is what the consumer needs of S3.
type Store interface {
	// PutIfAbsent writes an object unless there is one; every Outcome is success. An
	// error that wraps ErrPermanent is the message's own: other messages are not
	// affected.
	PutIfAbsent(ctx context.Context, name Name, body []byte) (Outcome, error)
}
