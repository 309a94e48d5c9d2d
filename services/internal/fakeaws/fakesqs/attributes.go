package fakesqs

import (
	"context"
	"maps"
	"strconv"
)

type attributesIn struct {
	QueueUrl       string
	AttributeNames []string
}

type attributesOut struct {
	Attributes map[string]string `json:",omitempty"`
}

// known are the attributes that GetQueueAttributes takes in addition to those that
// are set; where they are unset, the answer leaves them out.
var known = map[string]bool{
	"All": true, "Policy": true, "RedrivePolicy": true, "RedriveAllowPolicy": true,
	"KmsMasterKeyId": true, "KmsDataKeyReusePeriodSeconds": true, "SqsManagedSseEnabled": true,
}

func (s *Service) getAttributes(_ context.Context, in *attributesIn) (*attributesOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	all := s.attributesOf(q)
	asked := map[string]string{}
	for _, name := range in.AttributeNames {
		value, set := all[name]
		switch {
		case name == "All":
			asked = all
		case set:
			asked[name] = value
		case !known[name]:
			return nil, noSuchAttribute(name)
		}
	}
	return &attributesOut{Attributes: asked}, nil
}

func (s *Service) attributesOf(q *namedQueue) map[string]string {
	all := q.settings.texts()
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	counts := q.Counts(s.clock.Now())
	all["QueueArn"] = q.ARN
	all["CreatedTimestamp"] = strconv.FormatInt(q.created.Unix(), 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.modified.Unix(), 10)
	all["ApproximateNumberOfMessages"] = strconv.Itoa(counts.Visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(counts.InFlight)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(counts.Delayed)
	return all
}

type setAttributesIn struct {
	QueueUrl   string
	Attributes map[string]string
}

func (s *Service) setAttributes(_ context.Context, in *setAttributesIn) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	changed := q.settings
	if err := s.apply(&changed, in.Attributes); err != nil {
		return nil, err
	}
	s.configure(q, changed)
	q.modified = s.clock.Now()
	q.Wake() // a changed redrive policy may move what no poll has looked at
	return &empty{}, nil
}
