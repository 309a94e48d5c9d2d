package awsjson

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type in struct{ Name string }

type out struct {
	Hello string
	gone  func()
}

func (o *out) Undelivered() { o.gone() }

func service(undelivered func()) *Service {
	s := New("greeter", "1.0")
	Handle(s, "Greet", func(ctx context.Context, i *in) (*out, error) {
		switch i.Name {
		case "":
			return nil, &Error{Type: "NoName", QueryCode: "Legacy.NoName", Status: http.StatusBadRequest, Message: "who?"}
		case "broken":
			return nil, errors.New("inside")
		}
		return &out{Hello: i.Name + " at " + Host(ctx), gone: undelivered}, nil
	})
	return s
}

func call(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://here:1/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	return r
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		target, body string
		status       int
		answer       string
		queryError   string
	}{
		"an answer":         {"Greeter_2026.Greet", `{"Name":"you"}`, 200, `{"Hello":"you at here:1"}`, ""},
		"an AWS error":      {"Greeter_2026.Greet", `{}`, 400, `{"__type":"NoName","message":"who?"}`, "Legacy.NoName;Sender"},
		"another error":     {"Greeter_2026.Greet", `{"Name":"broken"}`, 500, `{"__type":"InternalFailure","message":"inside"}`, ""},
		"unknown operation": {"Greeter_2026.Wave", `{}`, 400, `{"__type":"UnknownOperationException","message":"The fake AWS's greeter has no operation \"Wave\"."}`, ""},
		"no JSON":           {"Greeter_2026.Greet", `{`, 400, `{"__type":"SerializationException","message":"The request is not what Greet takes: unexpected end of JSON input"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			service(nil).ServeHTTP(w, call(c.target, c.body))
			assert.Equal(t, c.status, w.Code)
			assert.JSONEq(t, c.answer, w.Body.String())
			assert.Equal(t, "application/x-amz-json-1.0", w.Header().Get("Content-Type"))
			assert.Equal(t, c.queryError, w.Header().Get("X-Amzn-Query-Error"))
		})
	}
	assert.Equal(t, "greeter.Greet", service(nil).Operation(call("Greeter_2026.Greet", "")))
}

// cut is a client that has gone.
type cut struct{ http.ResponseWriter }

func (cut) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAnswer_cannotBeWritten_isUndone(t *testing.T) {
	count := 0
	s := service(func() { count++ })
	s.ServeHTTP(httptest.NewRecorder(), call("G.Greet", `{"Name":"you"}`))
	assert.Zero(t, count)
	s.ServeHTTP(cut{httptest.NewRecorder()}, call("G.Greet", `{"Name":"you"}`))
	assert.Equal(t, 1, count)
}

func TestRequest_tooLarge_isRefused(t *testing.T) {
	w := httptest.NewRecorder()
	service(nil).ServeHTTP(w, call("G.Greet", strings.Repeat(" ", MaxRequestBytes+1)))
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
}
