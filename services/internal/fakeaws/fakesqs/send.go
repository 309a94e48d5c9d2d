package fakesqs

import (
	"context"
	"regexp"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
)

// entry is a message to send, alone or in a batch.
type entry struct {
	Id                string
	MessageBody       string
	DelaySeconds      *int
	MessageAttributes map[string]queue.Attribute
	MessageGroupId    string
}

type sendIn struct {
	QueueUrl string
	entry
}

type sent struct {
	MessageId              string
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

func (s *Service) send(_ context.Context, in *sendIn) (*sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return s.accept(q, &in.entry)
}

// accept checks a message and puts it into the queue.
func (s *Service) accept(q *namedQueue, e *entry) (*sent, error) {
	if e.MessageBody == "" {
		return nil, missingParameter("MessageBody")
	}
	if size(e.MessageBody, e.MessageAttributes) > q.settings.maxBytes {
		return nil, messageTooLong(q.settings.maxBytes)
	}
	if !allowed(e.MessageBody) {
		return nil, errCharacters
	}
	delay := q.settings.delay
	if e.DelaySeconds != nil {
		delay = time.Duration(*e.DelaySeconds) * time.Second
		if delay < 0 || delay > maxDelay {
			return nil, invalidParameter("DelaySeconds", *e.DelaySeconds, "DelaySeconds must be >= 0 and <= 900.")
		}
	}
	m := &queue.Message{
		ID: queue.NewID(), Body: e.MessageBody, Attributes: e.MessageAttributes, Group: e.MessageGroupId,
	}
	q.Send(m, s.clock.Now(), delay)
	return &sent{MessageId: m.ID, MD5OfMessageBody: bodyMD5(m.Body), MD5OfMessageAttributes: attributesMD5(m.Attributes)}, nil
}

// allowed reports whether SQS accepts every character of the body. Decoding JSON
// has already replaced what is not Unicode text.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func allowed(body string) bool {
	for _, r := range body {
		switch {
		case r == '\t', r == '\n', r == '\r':
		case r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
		default:
			return false
		}
	}
	return true
}

type sendBatchIn struct {
	QueueUrl string
	Entries  []entry
}

type sentEntry struct {
	Id string
	sent
}

type sendBatchOut struct {
	Successful []sentEntry
	Failed     []failedEntry `json:",omitempty"`
}

func (s *Service) sendBatch(ctx context.Context, in *sendBatchIn) (*sendBatchOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e *entry) string { return e.Id }); err != nil {
		return nil, err
	}
	total := 0
	for i := range in.Entries {
		total += size(in.Entries[i].MessageBody, in.Entries[i].MessageAttributes)
	}
	if total > maxBytes {
		return nil, batchTooLong(total)
	}
	out := &sendBatchOut{Successful: []sentEntry{}}
	for i := range in.Entries {
		e := &in.Entries[i]
		if fault, failed := faults.Entry(ctx); failed {
			out.Failed = append(out.Failed, faultEntry(e.Id, fault))
			continue
		}
		accepted, err := s.accept(q, e)
		if err != nil {
			out.Failed = append(out.Failed, failure(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, sentEntry{Id: e.Id, sent: *accepted})
	}
	return out, nil
}

var entryID = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,80}\z`)

// checkBatch checks what fails a batch as a whole.
func checkBatch[E any](entries []E, id func(*E) string) error {
	switch {
	case len(entries) == 0:
		return errEmptyBatch
	case len(entries) > maxEntries:
		return tooManyEntries(len(entries))
	}
	seen := map[string]bool{}
	for i := range entries {
		this := id(&entries[i])
		if !entryID.MatchString(this) {
			return errEntryID
		}
		if seen[this] {
			return errIDsNotDistinct
		}
		seen[this] = true
	}
	return nil
}
