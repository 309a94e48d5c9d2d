// Package otlp is a collector of traces for tests. Only tests import it.
package otlp

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span that was received, with its ids in hexadecimal.
type Span struct {
	Service, Name, TraceID, ID, Parent string
	Failed                             bool
	Attributes                         map[string]string
}

// Collector receives spans at URL.
type Collector struct {
	URL string

	mu    sync.Mutex
	spans []Span
	calls []http.Header
	// answer replaces 200.
	answer func(http.ResponseWriter, *http.Request)
}

// Start makes a collector that ends with the test.
func Start(tb testing.TB) *Collector {
	tb.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &data) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		answer := c.answer
		c.calls = append(c.calls, r.Header)
		if answer == nil {
			c.spans = append(c.spans, spansOf(&data)...)
		}
		c.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	tb.Cleanup(func() { assert.NoError(tb, server.Config.Close()); server.Close() })
	c.URL = server.URL
	return c
}

// Answer has the collector answer so, and take no spans; nil ends that.
func (c *Collector) Answer(answer func(http.ResponseWriter, *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

// Hang does not answer.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// Spans are those that were received.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Calls are the headers of the requests so far.
func (c *Collector) Calls() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.calls...)
}

func spansOf(data *tracepb.TracesData) []Span {
	var found []Span
	for _, resource := range data.GetResourceSpans() {
		service := ""
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				service = attribute.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				one := Span{
					Service: service, Name: span.GetName(), TraceID: hex.EncodeToString(span.GetTraceId()),
					ID: hex.EncodeToString(span.GetSpanId()), Parent: hex.EncodeToString(span.GetParentSpanId()),
					Failed:     span.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
					Attributes: map[string]string{},
				}
				for _, attribute := range span.GetAttributes() {
					one.Attributes[attribute.GetKey()] = attribute.GetValue().GetStringValue()
				}
				found = append(found, one)
			}
		}
	}
	return found
}
