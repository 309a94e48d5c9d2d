package fakesqs

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
)

// Limits of messages and batches.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	maxBytes   = 1 << 20
	maxEntries = 10
	maxDelay   = 15 * time.Minute
	maxWait    = 20 * time.Second
	maxReceive = 10
	maxRedrive = 1000
)

// settings are a queue's attributes that can be set.
type settings struct {
	visibility time.Duration
	delay      time.Duration
	wait       time.Duration
	retention  time.Duration
	maxBytes   int
	redrive    *redrive
	// stored are attributes that the fake AWS keeps and does not act on.
	stored map[string]string
}

// redrive is a RedrivePolicy.
type redrive struct {
	target      string
	maxReceives int
	text        string
}

func defaults() settings {
	return settings{
		visibility: 30 * time.Second, retention: 4 * 24 * time.Hour, maxBytes: maxBytes,
		stored: map[string]string{"SqsManagedSseEnabled": "true"},
	}
}

// set applies one attribute, given as its text. An empty text unsets a policy.
func (s *settings) set(name, value string) error {
	switch name {
	case "VisibilityTimeout":
		return setSeconds(&s.visibility, name, value, 0, queue.MaxVisibility)
	case "DelaySeconds":
		return setSeconds(&s.delay, name, value, 0, maxDelay)
	case "ReceiveMessageWaitTimeSeconds":
		return setSeconds(&s.wait, name, value, 0, maxWait)
	case "MessageRetentionPeriod":
		return setSeconds(&s.retention, name, value, time.Minute, 14*24*time.Hour)
	case "MaximumMessageSize":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1024 || n > maxBytes {
			return invalidAttribute(name, value)
		}
		s.maxBytes = n
		return nil
	case "RedrivePolicy":
		return s.setRedrive(value)
	case "Policy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled":
		// A copy, for other settings may share the map.
		s.stored = maps.Clone(s.stored)
		s.stored[name] = value
		return nil
	default:
		return noSuchAttribute(name)
	}
}

func setSeconds(to *time.Duration, name, value string, low, high time.Duration) error {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || time.Duration(n)*time.Second < low || time.Duration(n)*time.Second > high {
		return invalidAttribute(name, value)
	}
	*to = time.Duration(n) * time.Second
	return nil
}

func (s *settings) setRedrive(value string) error {
	if value == "" {
		s.redrive = nil
		return nil
	}
	var policy struct {
		Target      string          `json:"deadLetterTargetArn"`
		MaxReceives json.RawMessage `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(value), &policy); err != nil {
		return invalidParameter("RedrivePolicy", value, "Redrive policy is not a valid JSON map.")
	}
	// SQS takes the count as a number and as a string.
	n, err := strconv.Atoi(strings.Trim(string(policy.MaxReceives), `"`))
	if err != nil || n < 1 || n > maxRedrive {
		return invalidParameter("RedrivePolicy", value, "maxReceiveCount must be an integer between 1 and 1000.")
	}
	if policy.Target == "" {
		return invalidParameter("RedrivePolicy", value, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	}
	s.redrive = &redrive{target: policy.Target, maxReceives: n, text: value}
	return nil
}

// texts are the settings as GetQueueAttributes answers them.
func (s *settings) texts() map[string]string {
	texts := maps.Clone(s.stored)
	texts["VisibilityTimeout"] = seconds(s.visibility)
	texts["DelaySeconds"] = seconds(s.delay)
	texts["ReceiveMessageWaitTimeSeconds"] = seconds(s.wait)
	texts["MessageRetentionPeriod"] = seconds(s.retention)
	texts["MaximumMessageSize"] = strconv.Itoa(s.maxBytes)
	if s.redrive != nil {
		texts["RedrivePolicy"] = s.redrive.text
	}
	return texts
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
