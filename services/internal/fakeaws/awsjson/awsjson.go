// Package awsjson serves the AWS JSON protocols 1.0 and 1.1, by which today's
// SDKs use for SQS, SSM, ECS and CloudWatch Logs: POST with the operation in
// X-Amz-Target and a JSON body.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
package awsjson

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// MaxRequestBytes bounds a request's body. It is above the largest one that
// SQS takes, 1 MiB of messages, in the longest JSON that can be written for it.
const MaxRequestBytes = 8 << 20

// Service is a set of operations. Register them with Handle before it serves.
type Service struct {
	name       string
	version    string
	operations map[string]operation
}

type operation func(ctx context.Context, body []byte) (any, error)

// New makes a service without operations. The name stands before each
// operation's in a fault plan ("sqs" makes "sqs.SendMessage"); version is that
// of the protocol, "1.0" or "1.1".
func New(name, version string) *Service {
	return &Service{name: name, version: version, operations: map[string]operation{}}
}

// Handle adds an operation. In and Out marshal as the request's and the
// answer's JSON; an *Error from f is answered as it is.
func Handle[In, Out any](s *Service, name string, f func(context.Context, *In) (*Out, error)) {
	s.operations[name] = func(ctx context.Context, body []byte) (any, error) {
		in := new(In)
		if err := json.Unmarshal(body, in); err != nil {
			return nil, &Error{
				Type: "SerializationException", Status: http.StatusBadRequest,
				Message: fmt.Sprintf("The request is not what %s takes: %v", name, err),
			}
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// Undeliverable is an answer that has to be taken back when its client is gone.
type Undeliverable interface {
	// Undelivered is called when the answer could not be written.
	Undelivered()
}

// Operation names the request's operation as a fault plan does.
func (s *Service) Operation(r *http.Request) string { return s.name + "." + target(r) }

// Refuse answers an error in the protocol's form.
func (s *Service) Refuse(w http.ResponseWriter, _ *http.Request, status int, code, message string) {
	s.writeError(w, &Error{Type: code, Status: status, Message: message})
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handle, known := s.operations[target(r)]
	if !known {
		s.Refuse(w, r, http.StatusBadRequest, "UnknownOperationException",
			fmt.Sprintf("The fake AWS's %s has no operation %q.", s.name, target(r)))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestBytes))
	if err != nil {
		s.Refuse(w, r, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", err.Error())
		return
	}
	out, err := handle(withHost(r.Context(), r.Host), body)
	if err != nil {
		s.writeError(w, answerOf(err))
		return
	}
	s.write(w, out)
}

func (s *Service) write(w http.ResponseWriter, out any) {
	body, err := json.Marshal(out)
	if err != nil {
		s.writeError(w, answerOf(fmt.Errorf("encoding the answer: %w", err)))
		return
	}
	s.header(w, body)
	_, err = w.Write(body)
	held, ok := out.(Undeliverable)
	if !ok {
		return
	}
	// Only of what is flushed can it be known that it was not written.
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	if err != nil {
		held.Undelivered()
	}
}

func (s *Service) writeError(w http.ResponseWriter, e *Error) {
	body, err := json.Marshal(map[string]string{"__type": e.Type, "message": e.Message})
	if err != nil {
		panic(fmt.Sprintf("encoding two strings: %v", err))
	}
	if e.QueryCode != "" {
		w.Header().Set("X-Amzn-Query-Error", e.QueryCode+";"+e.fault())
	}
	s.header(w, body)
	w.WriteHeader(e.Status)
	_, _ = w.Write(body) // it fails only when the client has gone
}

func (s *Service) header(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/x-amz-json-"+s.version)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
}

func answerOf(err error) *Error {
	var answer *Error
	if errors.As(err, &answer) {
		return answer
	}
	return &Error{Type: "InternalFailure", Status: http.StatusInternalServerError, Message: err.Error()}
}

// target is the operation of X-Amz-Target, which is "<prefix>.<operation>".
func target(r *http.Request) string {
	value := r.Header.Get("X-Amz-Target")
	return value[strings.LastIndexByte(value, '.')+1:]
}
