// Package logs is as much of CloudWatch Logs as reads events: those that a test
// has added, in pages, by time and by level.
package logs

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

// Target is the prefix of X-Amz-Target that CloudWatch Logs is called by.
const Target = "Logs_20140328"

// page is how many events an answer holds; the real one goes by size as well.
const page = 100

// Service is CloudWatch Logs.
type Service struct {
	*awsjson.Service

	mu     sync.Mutex
	groups map[string][]event
	serial int
}

type event struct {
	EventID       string `json:"eventId"`
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
}

// New is CloudWatch Logs without groups.
func New() *Service {
	s := &Service{Service: awsjson.New("logs", "1.1"), groups: map[string][]event{}}
	awsjson.Handle(s.Service, "FilterLogEvents", s.filter)
	return s
}

// Add adds an event to a group, which it makes.
func (s *Service) Add(group, stream string, at time.Time, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	s.groups[group] = append(s.groups[group], event{
		EventID: strconv.Itoa(s.serial), LogStreamName: stream, Timestamp: at.UnixMilli(), Message: message,
	})
	slices.SortStableFunc(s.groups[group], func(a, b event) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
}

type filterIn struct {
	LogGroupName  string `json:"logGroupName"`
	StartTime     int64  `json:"startTime"`
	FilterPattern string `json:"filterPattern"`
	NextToken     string `json:"nextToken"`
}

type filterOut struct {
	Events    []event `json:"events"`
	NextToken string  `json:"nextToken,omitempty"`
}

func (s *Service) filter(_ context.Context, in *filterIn) (*filterOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, known := s.groups[in.LogGroupName]
	if !known {
		return nil, &awsjson.Error{Type: "ResourceNotFoundException", Status: http.StatusBadRequest, Message: "The specified log group does not exist."}
	}
	levels, err := levelsOf(in.FilterPattern)
	if err != nil {
		return nil, err
	}
	out := &filterOut{Events: []event{}}
	from, _ := strconv.Atoi(in.NextToken)
	for i := from; i < len(events); i++ {
		if events[i].Timestamp < in.StartTime || levels != nil && !slices.Contains(levels, levelOf(events[i].Message)) {
			continue
		}
		if len(out.Events) == page {
			out.NextToken = strconv.Itoa(i)
			break
		}
		out.Events = append(out.Events, events[i])
	}
	return out, nil
}

// The one form of filter pattern that is understood: levels, joined by "or".
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
var (
	pattern = regexp.MustCompile(`^\{ \(\$\.level = "[A-Z]+"\)( \|\| \(\$\.level = "[A-Z]+"\))* \}$`)
	level   = regexp.MustCompile(`"([A-Z]+)"`)
)

func levelsOf(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	if !pattern.MatchString(text) {
		return nil, &awsjson.Error{Type: "InvalidParameterException", Status: http.StatusBadRequest, Message: "Invalid filter pattern " + text}
	}
	var levels []string
	for _, found := range level.FindAllStringSubmatch(text, -1) {
		levels = append(levels, found[1])
	}
	return levels, nil
}

func levelOf(message string) string {
	var line struct {
		Level string `json:"level"`
	}
	// What is no JSON has no level.
	_ = json.Unmarshal([]byte(message), &line)
	return line.Level
}
