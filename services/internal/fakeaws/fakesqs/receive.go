package fakesqs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/peer"
)

type receiveIn struct {
	QueueUrl                    string
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
}

type received struct {
	MessageId              string
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             map[string]string          `json:",omitempty"`
	MD5OfMessageAttributes string                     `json:",omitempty"`
	MessageAttributes      map[string]queue.Attribute `json:",omitempty"`
}

type receiveOut struct {
	Messages []received `json:",omitempty"`

	undo func()
}

// Undelivered makes the messages visible as if they had not been received.
func (o *receiveOut) Undelivered() {
	if o.undo != nil {
		o.undo()
	}
}

func (s *Service) receive(ctx context.Context, in *receiveIn) (*receiveOut, error) {
	limit, err := between("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 1, maxReceive)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	visibility, err := between("VisibilityTimeout", in.VisibilityTimeout,
		int(q.settings.visibility/time.Second), 0, int(queue.MaxVisibility/time.Second))
	if err != nil {
		return nil, err
	}
	wait, err := between("WaitTimeSeconds", in.WaitTimeSeconds, int(q.settings.wait/time.Second), 0, int(maxWait/time.Second))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	taken, err := q.Receive(ctx, &s.mu, s.clock, queue.Request{
		Max: limit, Wait: time.Duration(wait) * time.Second, Visibility: time.Duration(visibility) * time.Second,
		Gone: func() bool { return peer.Gone(ctx) },
	})
	switch {
	case errors.Is(err, queue.ErrOverLimit):
		return nil, errOverLimit
	case errors.Is(err, queue.ErrDeleted):
		return nil, errNoQueue
	case err != nil:
		return nil, errClosing
	}
	return s.answer(q, taken, in), nil
}

func (s *Service) answer(q *namedQueue, taken []*queue.Message, in *receiveIn) *receiveOut {
	system := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	out := &receiveOut{}
	handles := make([]string, 0, len(taken))
	for _, m := range taken {
		chosen := chooseAttributes(m.Attributes, in.MessageAttributeNames)
		handles = append(handles, q.Handle(m))
		out.Messages = append(out.Messages, received{
			MessageId: m.ID, ReceiptHandle: q.Handle(m), MD5OfBody: bodyMD5(m.Body), Body: m.Body,
			Attributes:        s.systemAttributes(m, system),
			MessageAttributes: chosen, MD5OfMessageAttributes: attributesMD5(chosen),
		})
	}
	if len(taken) > 0 {
		out.undo = func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			q.UndoReceive(handles)
		}
	}
	return out
}

func (s *Service) systemAttributes(m *queue.Message, names []string) map[string]string {
	all := map[string]string{
		"SenderId":                         s.account,
		"SentTimestamp":                    millis(m.SentAt),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": millis(m.FirstReceived),
	}
	if m.Source != "" {
		all["DeadLetterQueueSourceArn"] = m.Source
	}
	if m.Group != "" {
		all["MessageGroupId"] = m.Group
	}
	asked := map[string]string{}
	for _, name := range names {
		if name == "All" {
			return all
		}
		if value, has := all[name]; has {
			asked[name] = value
		}
	}
	return asked
}

// chooseAttributes takes names, "All", ".*" and prefixes such as "trace.*".
func chooseAttributes(all map[string]queue.Attribute, names []string) map[string]queue.Attribute {
	chosen := map[string]queue.Attribute{}
	for name, a := range all {
		if slices.ContainsFunc(names, func(asked string) bool {
			prefix, isPrefix := strings.CutSuffix(asked, ".*")
			return asked == "All" || asked == name || isPrefix && strings.HasPrefix(name, prefix)
		}) {
			chosen[name] = a
		}
	}
	return chosen
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// between is the value that was given, or byDefault.
func between(name string, given *int, byDefault, low, high int) (int, error) {
	if given == nil {
		return byDefault, nil
	}
	if *given < low || *given > high {
		return 0, invalidParameter(name, *given,
			"Must be between "+strconv.Itoa(low)+" and "+strconv.Itoa(high)+", if provided.")
	}
	return *given, nil
}
