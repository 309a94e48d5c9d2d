// Package apiclient sends payloads to the API as a patient caller does: what
// may pass is tried again, after as long as the API asked for.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
)

// Client sends to one API.
type Client struct {
	// URL is the API's address without /ingest.
	URL string
	// Attempts is how often a payload is sent in all.
	Attempts int
	// Connections is how many payloads are sent at once.
	Connections int
	// Grace is how long a request on its way may still take once ctx has ended;
	// without it, the request is cut at once.
	Grace time.Duration
	// IdempotencyKey is sent with each payload, unless it is empty: then the payload is
	// stored once, even if the answer to an earlier attempt was lost.
	IdempotencyKey string

	http *http.Client
}

// requestTimeout is above the 30 s that the API gives a body and its retries
// of SQS, so that the API's timeout ends first.
const requestTimeout = 60 * time.Second

// New makes a client that keeps a connection for each of connections senders.
func New(url string, attempts, connections int) *Client {
	//nolint:forcetypeassert // the standard library's default transport is one
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = connections, connections
	return &Client{
		URL: url, Attempts: attempts, Connections: connections,
		http: &http.Client{Transport: transport, Timeout: requestTimeout},
	}
}

// Close ends the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Answer is the API's last word on a payload.
type Answer struct {
	// Status is the HTTP status, 0 where no answer came.
	Status     int       `json:"status"`
	MessageID  string    `json:"message_id,omitempty"`
	ReceivedAt time.Time `json:"received_at,omitzero"`
	// Detail says why the payload was not accepted.
	Detail string `json:"detail,omitempty"`
	// Latency is that of the last attempt.
	Latency time.Duration `json:"-"`
	// Attempts is how often the payload was sent.
	Attempts int `json:"attempts"`
}

// Accepted reports whether the API has accepted the payload.
func (a Answer) Accepted() bool { return a.Status == http.StatusOK }

// Send sends body until it is answered for good, the attempts are used up or
// ctx ends. Where no answer came, Detail holds the reason: a payload whose
// answer was lost may still have been accepted.
func (c *Client) Send(ctx context.Context, body []byte) Answer {
	for attempt := 1; ; attempt++ {
		answer, wait := c.once(ctx, body)
		answer.Attempts = attempt
		if !answer.Temporary() || attempt >= c.Attempts || ctx.Err() != nil {
			return answer
		}
		if !backoff.Sleep(ctx, max(wait, retryDelay.After(attempt))) {
			return answer
		}
	}
}

// Temporary reports whether the answer is a failure that may pass: neither the client
// nor the payload causes it.
func (a Answer) Temporary() bool {
	return a.Status == 0 || a.Status == http.StatusTooManyRequests || a.Status >= http.StatusInternalServerError
}

// retryDelay is the delay before another attempt, at most 5 s.
var retryDelay = backoff.Policy{First: 100 * time.Millisecond, Last: 4 * time.Second}

func (c *Client) once(ctx context.Context, body []byte) (answer Answer, wait time.Duration) {
	ctx, cancel := backoff.WithGrace(ctx, c.Grace)
	defer cancel()
	started := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/ingest", bytes.NewReader(body))
	if err != nil {
		return Answer{Detail: fmt.Sprintf("making a request: %v", err)}, 0
	}
	request.Header.Set("Content-Type", "application/json")
	if c.IdempotencyKey != "" {
		request.Header.Set("Idempotency-Key", c.IdempotencyKey)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{Detail: err.Error(), Latency: time.Since(started)}, 0
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return Answer{Detail: fmt.Sprintf("reading the answer: %v", err), Latency: time.Since(started)}, 0
	}
	answer = read(response.StatusCode, raw)
	answer.Latency = time.Since(started)
	return answer, retryAfter(response.Header.Get("Retry-After"))
}

// read takes the API's JSON, or the text of a proxy in front of it.
func read(status int, raw []byte) Answer {
	var fields struct {
		MessageID  string          `json:"message_id"`
		ReceivedAt time.Time       `json:"received_at"`
		Detail     json.RawMessage `json:"detail"`
	}
	answer := Answer{Status: status}
	if err := json.Unmarshal(raw, &fields); err != nil {
		answer.Detail = fmt.Sprintf("%.200s", raw)
		return answer
	}
	answer.MessageID, answer.ReceivedAt = fields.MessageID, fields.ReceivedAt
	if err := json.Unmarshal(fields.Detail, &answer.Detail); err != nil {
		answer.Detail = string(fields.Detail)
	}
	return answer
}

// retryAfter is the wait that the header asks for, of which RFC 9110 allows
// seconds and a date; at most a minute is granted.
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return min(time.Duration(max(seconds, 0))*time.Second, time.Minute)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), time.Minute)
	}
	return 0
}
