package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// sender is the client of a collector. It implements otlptrace.Client, in place of
// otlptracehttp, which links gRPC: 5 MB. The SDK makes one call at a time.
type sender struct {
	settings Settings
	log      *slog.Logger
	client   *http.Client
	// running ends with abort.
	running context.Context
	abort   context.CancelFunc
	// lost counts spans since the last batch that was sent.
	lost int
}

func newSender(s Settings, log *slog.Logger) *sender {
	c := &sender{settings: s, log: log, client: &http.Client{
		Transport: http.DefaultTransport.(*http.Transport).Clone(),
		// A redirect would turn the request into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.running, c.abort = context.WithCancel(context.Background())
	return c
}

// host is the collector's, without credentials.
func (c *sender) host() string {
	parsed, err := url.Parse(c.settings.url())
	if err != nil {
		return ""
	}
	return parsed.Host
}

// Start implements otlptrace.Client.
func (c *sender) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *sender) Stop(context.Context) error {
	c.abort()
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It tries again for as long as
// OTEL_EXPORTER_OTLP_TIMEOUT allows. A failure is logged once, until a batch is
// sent again.
func (c *sender) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	ctx, cancel := context.WithTimeout(ctx, c.settings.timeout())
	defer cancel()
	defer context.AfterFunc(c.running, cancel)()
	err := c.send(ctx, spans)
	switch {
	case err == nil && c.lost > 0:
		c.log.Info("traces are sent again", "lost_spans", c.lost)
		c.lost = 0
	case err != nil:
		if c.lost == 0 {
			c.log.Warn("traces cannot be sent; their spans are lost", "error", err)
		}
		c.lost += count(spans)
	}
	return nil
}

func count(spans []*tracepb.ResourceSpans) int {
	n := 0
	for _, resource := range spans {
		for _, scope := range resource.GetScopeSpans() {
			n += len(scope.GetSpans())
		}
	}
	return n
}

var retryDelay = backoff.Policy{First: time.Second, Last: 5 * time.Second}

func (c *sender) send(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire it is the same message as ExportTraceServiceRequest, whose package
	// imports gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encoding spans: %w", err)
	}
	for failures := 1; ; failures++ {
		err := c.post(ctx, body)
		var refused *refusedError
		if err == nil || (errors.As(err, &refused) && !refused.temporary()) || !backoff.Sleep(ctx, retryDelay.After(failures)) {
			return err
		}
	}
}

// refusedError is an answer of the collector other than 2xx.
type refusedError struct{ status int }

func (e *refusedError) Error() string {
	return fmt.Sprintf("the collector answered %d %s", e.status, http.StatusText(e.status))
}

// temporary reports whether the specification has the request sent again.
// https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
func (e *refusedError) temporary() bool {
	return e.status == http.StatusTooManyRequests || e.status == http.StatusBadGateway ||
		e.status == http.StatusServiceUnavailable || e.status == http.StatusGatewayTimeout
}

func (c *sender) post(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.settings.url(), bytes.NewReader(body))
	if err != nil {
		return c.failure(err)
	}
	for name, value := range c.settings.headers() {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	response, err := c.client.Do(request)
	if err != nil {
		return c.failure(err)
	}
	defer func() { _ = response.Body.Close() }()
	// A body that is read leaves the connection for the next batch.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return &refusedError{response.StatusCode}
	}
	return nil
}

// failure is the reason why a request could not be sent. It has no URL, which may
// hold credentials.
func (c *sender) failure(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return fmt.Errorf("sending spans to %s: %w", c.host(), err)
}
