// Package metrics is as much of CloudWatch as tells the age of a queue's oldest
// message, as a test sets it. Today's SDKs speak to CloudWatch by RPC v2 CBOR.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
package metrics

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Target is the name that CloudWatch is called by.
const Target = "GraniteServiceVersion20100801"

// maxRequestBytes bounds a request's body.
const maxRequestBytes = 1 << 20

// Service is CloudWatch.
type Service struct {
	mu   sync.Mutex
	ages map[string]time.Duration
}

// New is CloudWatch without measurements.
func New() *Service { return &Service{ages: map[string]time.Duration{}} }

// Age sets how old the oldest message of a queue is.
func (s *Service) Age(queue string, age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ages[queue] = age
}

// Operation names the request's operation as a fault plan does.
func (s *Service) Operation(r *http.Request) string { return "cloudwatch." + path.Base(r.URL.Path) }

// Refuse answers an error in the protocol's form.
func (s *Service) Refuse(w http.ResponseWriter, _ *http.Request, status int, code, message string) {
	header(w)
	w.WriteHeader(status)
	// The client is gone when this fails; there is nobody to tell.
	_, _ = w.Write(cbor.Encode(cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)}))
}

func header(w http.ResponseWriter) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if operation := path.Base(r.URL.Path); operation != "GetMetricStatistics" {
		s.Refuse(w, r, http.StatusBadRequest, "UnknownOperationException", "The stand-in's CloudWatch has no operation "+operation)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		s.Refuse(w, r, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", err.Error())
		return
	}
	queue, err := queueOf(body)
	if err != nil {
		s.Refuse(w, r, http.StatusBadRequest, "InvalidParameterValue", err.Error())
		return
	}
	header(w)
	_, _ = w.Write(cbor.Encode(s.measured(queue)))
}

// measured is two measurements, of which the newer counts, or none.
func (s *Service) measured(queue string) cbor.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	points := cbor.List{}
	if age, known := s.ages[queue]; known {
		points = cbor.List{point(time.Now(), age), point(time.Now().Add(-time.Minute), age-time.Minute)}
	}
	return cbor.Map{"Label": cbor.String("ApproximateAgeOfOldestMessage"), "Datapoints": points}
}

func point(at time.Time, age time.Duration) cbor.Map {
	const epochSeconds = 1
	return cbor.Map{
		"Timestamp": &cbor.Tag{ID: epochSeconds, Value: cbor.Float64(at.Unix())},
		"Maximum":   cbor.Float64(age.Seconds()),
	}
}

// queueOf is the queue whose age is asked for.
func queueOf(body []byte) (string, error) {
	decoded, err := cbor.Decode(body)
	if err != nil {
		return "", fmt.Errorf("reading the request: %w", err)
	}
	request, _ := decoded.(cbor.Map)
	if request["Namespace"] != cbor.String("AWS/SQS") || request["MetricName"] != cbor.String("ApproximateAgeOfOldestMessage") {
		return "", fmt.Errorf("the metric is %v %v; known is AWS/SQS ApproximateAgeOfOldestMessage", request["Namespace"], request["MetricName"])
	}
	dimensions, _ := request["Dimensions"].(cbor.List)
	for _, one := range dimensions {
		if dimension, ok := one.(cbor.Map); ok && dimension["Name"] == cbor.String("QueueName") {
			name, _ := dimension["Value"].(cbor.String)
			return string(name), nil
		}
	}
	return "", errors.New("the dimension QueueName is missing")
}
