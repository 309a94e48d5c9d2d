package queue

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Message is one message of one queue. The sender gives ID, Body and, where there
// are any, Attributes and Group; the queue keeps the other fields.
type Message struct {
	ID         string
	Body       string
	Attributes map[string]Attribute
	Group      string

	SentAt time.Time
	// FirstReceived is zero until the first receive.
	FirstReceived time.Time
	ReceivedAt    time.Time
	// Receives is the receive count.
	Receives int
	InFlight bool
	// Source is the ARN of the queue whose redrive moved the message here.
	Source string

	// visibleAt and index are those of a message among the hidden; index is -1
	// for a visible one.
	visibleAt time.Time
	index     int
	gone      bool
}

// Attribute is a message attribute as SQS's protocol writes it, with BinaryValue
// in base64.
type Attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// Errors of calls with a receipt handle.
var (
	// ErrHandle is for text that is not a receipt handle of this queue.
	ErrHandle = errors.New("invalid receipt handle")
	// ErrStaleHandle is for a message that is deleted or has been received again.
	ErrStaleHandle = errors.New("the receipt handle is not that of the latest receive")
	ErrNotInFlight = errors.New("the message is not in flight")
	// ErrMaxVisibility is for an extension beyond MaxVisibility.
	ErrMaxVisibility = errors.New("hidden for too long in total")
)

// Handle is the receipt handle of the latest receive of m.
func (q *Queue) Handle(m *Message) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s %s %d", q.uid, m.ID, m.Receives))
}

// ByHandle returns the message that was received last under handle, or
// ErrHandle or ErrStaleHandle.
func (q *Queue) ByHandle(handle string) (*Message, error) {
	raw, err := base64.StdEncoding.DecodeString(handle)
	if err != nil {
		return nil, ErrHandle
	}
	parts := strings.Split(string(raw), " ") // as Handle joins them
	if len(parts) != 3 || parts[0] != q.uid {
		return nil, ErrHandle
	}
	receive, err := strconv.Atoi(parts[2])
	if err != nil {
		return nil, ErrHandle
	}
	m := q.messages[parts[1]]
	if m == nil || m.Receives != receive {
		return nil, ErrStaleHandle
	}
	return m, nil
}

// DeleteMessage deletes the message that was received last under handle. A stale
// handle deletes nothing, which is not an error: SQS promises no more.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
func (q *Queue) DeleteMessage(handle string) error {
	m, err := q.ByHandle(handle)
	if errors.Is(err, ErrStaleHandle) {
		return nil
	}
	if err != nil {
		return err
	}
	q.remove(m)
	return nil
}

// ChangeVisibility hides a message in flight for timeout from now, at most until
// MaxVisibility after its receive. 0 makes it visible.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
func (q *Queue) ChangeVisibility(handle string, now time.Time, timeout time.Duration) error {
	m, err := q.ByHandle(handle)
	if err != nil {
		return err
	}
	q.settle(now)
	if !m.InFlight {
		q.Wake() // settling may have made it visible
		return ErrNotInFlight
	}
	until := now.Add(timeout)
	if until.Sub(m.ReceivedAt) > MaxVisibility {
		return ErrMaxVisibility
	}
	q.unhide(m)
	if timeout == 0 {
		q.ready.push(m)
	} else {
		q.hide(m, until, true)
	}
	q.Wake()
	return nil
}

// UndoReceive makes messages visible again as if they had not been received: the
// answer did not reach the client.
func (q *Queue) UndoReceive(handles []string) {
	for _, handle := range handles {
		m, err := q.ByHandle(handle)
		if err != nil || !m.InFlight {
			continue
		}
		q.unhide(m)
		m.Receives--
		if m.Receives == 0 {
			m.FirstReceived = time.Time{}
		}
		q.ready.push(m)
	}
	q.Wake()
}
