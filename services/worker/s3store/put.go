package s3store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// putter makes conditional writes to one bucket. It is the SDK's PutObject without
// the middleware that the SDK builds again for each call, which takes most of its
// time (BenchmarkPutIfAbsent). The parts are the SDK's own: attempts with their
// backoff, quota and clock-skew correction, credentials, signer, endpoint, HTTP
// client, and the types of errors.
type putter struct {
	client   aws.HTTPClient
	signer   s3.HTTPSignerV4
	provider aws.CredentialsProvider
	region   string
	bucket   url.URL // without a slash at its end
	attempts *retry.Attempt
	timing   awsmiddleware.RecordResponseTiming
	skew     atomic.Int64 // S3's clock minus this machine's, in ns
}

// userAgent names the program and the SDK in S3's access logs.
var userAgent = []string{"ingest-worker aws-sdk-go-v2/" + aws.SDKVersion}

func newPutter(o s3.Options, bucket string) (*putter, error) {
	if strings.HasSuffix(bucket, "--x-s3") {
		return nil, fmt.Errorf("bucket %q is a directory bucket; use a general purpose bucket", bucket)
	}
	parameters := s3.EndpointParameters{
		Bucket: &bucket, Region: &o.Region, Endpoint: o.BaseEndpoint, ForcePathStyle: &o.UsePathStyle,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	}
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), parameters)
	if err != nil {
		return nil, fmt.Errorf("resolving the endpoint of bucket %q in region %q: %w", bucket, o.Region, err)
	}
	p := &putter{
		client: o.HTTPClient, signer: o.HTTPSignerV4, provider: o.Credentials, region: o.Region, bucket: endpoint.URI,
		timing: awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: o.DisableClockSkewCorrection},
	}
	p.attempts = retry.NewAttemptMiddleware(o.Retryer, func(request any) any { return request }, func(a *retry.Attempt) {
		a.ClientSkew, a.DisableClockSkewCorrection = &p.skew, o.DisableClockSkewCorrection
	})
	return p, nil
}

// put writes an object unless there is one, which is an error of status 412.
func (p *putter) put(ctx context.Context, key, digest string, body []byte) error {
	call := newPutCall(p, key, digest, body)
	if _, _, err := p.attempts.HandleFinalize(ctx, middleware.FinalizeInput{}, call); err != nil {
		return &smithy.OperationError{ServiceID: s3.ServiceID, OperationName: "PutObject", Err: err}
	}
	return nil
}

// putCall is one call of put, of one attempt or several.
type putCall struct {
	*putter
	url    url.URL
	header http.Header // of every attempt
	hash   string      // SHA-256 of body, in hexadecimal
	body   []byte
	skew   time.Duration // correction of the next attempt's clock
}

func newPutCall(p *putter, key, digest string, body []byte) *putCall {
	hash := sha256.Sum256(body)
	var checksum [crc32.Size]byte
	binary.BigEndian.PutUint32(checksum[:], crc32.ChecksumIEEE(body))
	c := &putCall{putter: p, url: p.bucket, hash: hex.EncodeToString(hash[:]), body: body, skew: time.Duration(p.skew.Load())}
	c.url.RawPath = p.bucket.EscapedPath() + "/" + httpbinding.EscapePath(key, false)
	c.url.Path += "/" + key
	// The names are in canonical form, as http.Header.Set writes them.
	c.header = http.Header{
		"Content-Type":                 {ContentType},
		"If-None-Match":                {"*"},
		"User-Agent":                   userAgent,
		"X-Amz-Content-Sha256":         {c.hash},
		"X-Amz-Checksum-Crc32":         {base64.StdEncoding.EncodeToString(checksum[:])},
		"X-Amz-Sdk-Checksum-Algorithm": {"CRC32"},
	}
	if digest != "" {
		c.header.Set("X-Amz-Meta-"+digestMetadata, digest)
	}
	return c
}

// HandleFinalize makes one attempt. retry.Attempt calls it and decides about the next.
func (c *putCall) HandleFinalize(ctx context.Context, _ middleware.FinalizeInput) (
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
	return out, metadata, responseError(response)
}

// signed makes the request of one attempt.
func (c *putCall) signed(ctx context.Context) (*http.Request, error) {
	credentials, err := c.provider.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("getting credentials: %w", err)
	}
	target := c.url
	request := (&http.Request{
		Method: http.MethodPut, URL: &target, Host: target.Host, Header: c.header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		// There is no GetBody: a redirect, whose host the signature does not cover,
		// is not followed.
		Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)),
	}).WithContext(ctx)
	at := time.Now().Add(c.skew)
	if err := c.signer.SignHTTP(ctx, credentials, request, c.hash, "s3", c.region, at); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return request, nil
}

// HandleDeserialize sends a request. RecordResponseTiming calls it, and compares the
// answer's Date with this machine's clock.
func (c *putCall) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	request, _ := in.Request.(*http.Request)
	response, err := c.client.Do(request) //nolint:bodyclose // HandleFinalize closes it.
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
