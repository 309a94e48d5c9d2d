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

// known are the attributes that GetQueueAttributes takes beside those in
// force; asked for where they are unset, they are left out.
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

func (s *Service) attributesOf(q *queue) map[string]string {
	all := q.settings.texts()
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	counts := s.count(q)
	all["QueueArn"] = q.arn
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
	if err := s.apply(&q.settings, q.arn, in.Attributes); err != nil {
		return nil, err
	}
	q.modified = s.clock.Now()
	q.wake() // a changed redrive policy may move what no poll has looked at
	return &empty{}, nil
}

type tagIn struct {
	QueueUrl string
	Tags     map[string]string
	TagKeys  []string
}

func (s *Service) tag(_ context.Context, in *tagIn) (*empty, error) {
	return s.withTags(in.QueueUrl, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

func (s *Service) untag(_ context.Context, in *tagIn) (*empty, error) {
	return s.withTags(in.QueueUrl, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

func (s *Service) withTags(url string, change func(map[string]string)) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(url)
	if err != nil {
		return nil, err
	}
	change(q.tags)
	return &empty{}, nil
}

type tagsOut struct {
	Tags map[string]string `json:",omitempty"`
}

func (s *Service) listTags(_ context.Context, in *queueIn) (*tagsOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.lookup(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return &tagsOut{Tags: maps.Clone(q.tags)}, nil
}
