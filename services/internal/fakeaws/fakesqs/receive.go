package fakesqs

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

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
	Attributes             map[string]string    `json:",omitempty"`
	MD5OfMessageAttributes string               `json:",omitempty"`
	MessageAttributes      map[string]attribute `json:",omitempty"`
}

type receiveOut struct {
	Messages []received `json:",omitempty"`

	undo func()
}

// Undelivered puts the messages back as though they had not been received.
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
		int(q.settings.visibility/time.Second), 0, int(maxVisibility/time.Second))
	if err != nil {
		return nil, err
	}
	wait, err := between("WaitTimeSeconds", in.WaitTimeSeconds, int(q.settings.wait/time.Second), 0, int(maxWait/time.Second))
	if err != nil {
		return nil, err
	}
	taken, err := s.poll(ctx, q, limit, time.Duration(wait)*time.Second, time.Duration(visibility)*time.Second)
	if err != nil {
		return nil, err
	}
	return s.answer(q, taken, in), nil
}

// poll takes what is visible, and waits for it where nothing is. It is called
// with s.mu held and returns so, but gives it away while it waits. A poll whose
// client has gone takes nothing.
func (s *Service) poll(ctx context.Context, q *queue, limit int, wait, visibility time.Duration) ([]*message, error) {
	deadline := s.clock.Now().Add(wait)
	for {
		now := s.clock.Now()
		if q.inFlight >= maxInFlight && wait == 0 {
			return nil, errOverLimit
		}
		taken := s.take(q, now, limit, visibility)
		if len(taken) > 0 || !now.Before(deadline) {
			return taken, nil
		}
		until := deadline
		if next, known := q.nextVisible(); known && next.Before(until) {
			until = next
		}
		if err := s.await(ctx, q, until.Sub(now)); err != nil {
			return nil, err
		}
		if q.deleted {
			return nil, errNoQueue
		}
	}
}

// await gives s.mu away until q changes or d has passed.
func (s *Service) await(ctx context.Context, q *queue, d time.Duration) error {
	changed := q.changed
	timer := s.clock.NewTimer(d)
	defer timer.Stop()
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
	case <-timer.Chan():
	case <-s.closed:
	case <-ctx.Done():
	}
	select {
	case <-s.closed:
		return errClosing
	default:
	}
	if ctx.Err() != nil || peer.Gone(ctx) {
		return errClosing
	}
	return nil
}

// take receives up to limit messages. Those that were received too often go to
// the dead-letter queue instead, as SQS does it: at the receive after the last.
func (s *Service) take(q *queue, now time.Time, limit int, visibility time.Duration) []*message {
	q.settle(now)
	var taken []*message
	for len(taken) < limit && q.inFlight < maxInFlight {
		m := q.ready.pop()
		if m == nil {
			break
		}
		if q.expired(m, now) {
			q.remove(m)
			continue
		}
		if s.redrive(q, m, now) {
			continue
		}
		m.receives++
		m.receivedAt = now
		if m.firstReceived.IsZero() {
			m.firstReceived = now
		}
		q.hide(m, now.Add(visibility), true)
		taken = append(taken, m)
	}
	return taken
}

func (s *Service) answer(q *queue, taken []*message, in *receiveIn) *receiveOut {
	system := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	out := &receiveOut{}
	handles := make([]string, 0, len(taken))
	for _, m := range taken {
		chosen := chooseAttributes(m.attributes, in.MessageAttributeNames)
		handles = append(handles, m.handle(q))
		out.Messages = append(out.Messages, received{
			MessageId: m.id, ReceiptHandle: m.handle(q), MD5OfBody: m.bodyMD5, Body: m.body,
			Attributes:        s.systemAttributes(m, system),
			MessageAttributes: chosen, MD5OfMessageAttributes: attributesMD5(chosen),
		})
	}
	if len(taken) > 0 {
		out.undo = func() { s.putBack(q, handles) }
	}
	return out
}

// putBack undoes receives that never reached their client.
func (s *Service) putBack(q *queue, handles []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, handle := range handles {
		m, err := q.byHandle(handle)
		if err != nil || m == nil || !m.inFlight {
			continue
		}
		q.unhide(m)
		m.receives--
		if m.receives == 0 {
			m.firstReceived = time.Time{}
		}
		q.ready.push(m)
	}
	q.wake()
}

func (s *Service) systemAttributes(m *message, names []string) map[string]string {
	all := map[string]string{
		"SenderId":                         s.account,
		"SentTimestamp":                    millis(m.sentAt),
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": millis(m.firstReceived),
	}
	if m.source != "" {
		all["DeadLetterQueueSourceArn"] = m.source
	}
	if m.group != "" {
		all["MessageGroupId"] = m.group
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
func chooseAttributes(all map[string]attribute, names []string) map[string]attribute {
	chosen := map[string]attribute{}
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
