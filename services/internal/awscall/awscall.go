// Package awscall makes calls to AWS from the SDK's parts, without the middleware that
// the SDK builds again for each call, which takes most of its time. The parts are the
// SDK's own: attempts with their backoff and clock-skew correction, credentials,
// signer, HTTP client, and the types of errors.
package awscall

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Options are those of a client of the SDK; all but the last are required.
type Options struct {
	// ServiceID is the service's name in errors, such as "SQS".
	ServiceID string
	// SigningName is the service's name in signatures, such as "sqs".
	SigningName                string
	Region                     string
	HTTPClient                 aws.HTTPClient
	Signer                     v4.HTTPSigner
	Credentials                aws.CredentialsProvider
	Retryer                    aws.Retryer
	DisableClockSkewCorrection bool
}

// Caller calls one service.
type Caller struct {
	options  Options
	attempts *retry.Attempt
	timing   awsmiddleware.RecordResponseTiming
	skew     atomic.Int64 // the service's clock minus this machine's, in ns
}

// New makes a caller.
func New(o Options) *Caller {
	c := &Caller{options: o, timing: awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: o.DisableClockSkewCorrection}}
	c.attempts = retry.NewAttemptMiddleware(o.Retryer, func(request any) any { return request }, func(a *retry.Attempt) {
		a.ClientSkew, a.DisableClockSkewCorrection = &c.skew, o.DisableClockSkewCorrection
	})
	return c
}

// Request is what each attempt at a call sends.
type Request struct {
	Method string
	URL    url.URL
	// Header has its names in canonical form, as http.Header.Set writes them.
	Header http.Header
	// Body is not empty. Each attempt reads a copy of it.
	Body bytes.Reader
	// Hash is the SHA-256 of Body in hexadecimal.
	Hash string
}

// Hash returns the SHA-256 of a body in hexadecimal.
func Hash(body bytes.Reader) string {
	sum := sha256.New()
	_, _ = body.WriteTo(sum) // neither of them fails
	return hex.EncodeToString(sum.Sum(nil))
}

// userAgent names the program and the SDK in the access logs of AWS.
var userAgent = []string{"ingest aws-sdk-go-v2/" + aws.SDKVersion}

// Do makes a call. read reads the answer of each attempt to its end, so that the
// connection is used again; its error decides whether there is another attempt. The
// error of the call is a *smithy.OperationError.
func (c *Caller) Do(ctx context.Context, operation string, request Request, read func(*smithyhttp.Response) error) error {
	made := &call{Caller: c, request: request, read: read, skew: time.Duration(c.skew.Load())}
	if _, _, err := c.attempts.HandleFinalize(ctx, middleware.FinalizeInput{}, made); err != nil {
		return &smithy.OperationError{ServiceID: c.options.ServiceID, OperationName: operation, Err: err}
	}
	return nil
}

// call is one call of Do, of one attempt or several.
type call struct {
	*Caller
	request Request
	read    func(*smithyhttp.Response) error
	skew    time.Duration // correction of the next attempt's clock
}

// HandleFinalize makes one attempt. retry.Attempt calls it and decides about the next.
func (c *call) HandleFinalize(ctx context.Context, _ middleware.FinalizeInput) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	request, err := c.signed(ctx)
	if err != nil {
		return out, metadata, err
	}
	answer, metadata, err := c.timing.HandleDeserialize(ctx, middleware.DeserializeInput{Request: request}, c)
	c.skew, _ = awsmiddleware.GetAttemptSkew(metadata)
	if err != nil {
		return out, metadata, err
	}
	response, _ := answer.RawResponse.(*smithyhttp.Response)
	defer func() { _ = response.Body.Close() }()
	return out, metadata, c.read(response)
}

// signed makes the request of one attempt.
func (c *call) signed(ctx context.Context) (*http.Request, error) {
	credentials, err := c.options.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("getting credentials: %w", err)
	}
	target, body := c.request.URL, c.request.Body
	request := (&http.Request{
		Method: c.request.Method, URL: &target, Host: target.Host, Header: c.request.Header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		// There is no GetBody: a redirect, whose host the signature does not cover,
		// is not followed. Nothing but net/http closes the body, so that the fault
		// which awsconf.PlainBodies is for cannot happen.
		Body: io.NopCloser(&body), ContentLength: body.Size(),
	}).WithContext(ctx)
	request.Header["User-Agent"] = userAgent
	at := time.Now().Add(c.skew)
	if err := c.options.Signer.SignHTTP(ctx, credentials, request, c.request.Hash, c.options.SigningName, c.options.Region, at); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return request, nil
}

// HandleDeserialize sends a request. RecordResponseTiming calls it, and compares the
// answer's Date with this machine's clock.
func (c *call) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	request, _ := in.Request.(*http.Request)
	response, err := c.options.HTTPClient.Do(request) //nolint:bodyclose // HandleFinalize closes it.
	switch {
	case err == nil:
		out.RawResponse = &smithyhttp.Response{Response: response}
		return out, metadata, nil
	case ctx.Err() != nil:
		return out, metadata, &smithy.CanceledError{Err: ctx.Err()}
	default:
		return out, metadata, &smithyhttp.RequestSendError{Err: err}
	}
}
