package s3store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/ingest-iac/ingest/services/internal/awscall"
)

// putter makes conditional writes to one bucket. It is the SDK's PutObject without
// the middleware (BenchmarkPutIfAbsent).
type putter struct {
	caller *awscall.Caller
	bucket url.URL // without a slash at its end
}

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
	return &putter{bucket: endpoint.URI, caller: awscall.New(awscall.Options{
		ServiceID: s3.ServiceID, SigningName: "s3", Region: o.Region, HTTPClient: o.HTTPClient, Signer: o.HTTPSignerV4,
		Credentials: o.Credentials, Retryer: o.Retryer, DisableClockSkewCorrection: o.DisableClockSkewCorrection,
	})}, nil
}

// put writes an object unless there is one, which is an error of status 412.
func (p *putter) put(ctx context.Context, key, digest string, body []byte) error {
	var checksum [crc32.Size]byte
	binary.BigEndian.PutUint32(checksum[:], crc32.ChecksumIEEE(body))
	request := awscall.Request{Method: http.MethodPut, URL: p.bucket, Body: *bytes.NewReader(body)}
	request.Hash = awscall.Hash(request.Body)
	request.URL.RawPath = p.bucket.EscapedPath() + "/" + httpbinding.EscapePath(key, false)
	request.URL.Path += "/" + key
	request.Header = http.Header{
		"Content-Type":                 {ContentType},
		"If-None-Match":                {"*"},
		"X-Amz-Content-Sha256":         {request.Hash},
		"X-Amz-Checksum-Crc32":         {base64.StdEncoding.EncodeToString(checksum[:])},
		"X-Amz-Sdk-Checksum-Algorithm": {"CRC32"},
	}
	if digest != "" {
		request.Header.Set("X-Amz-Meta-"+digestMetadata, digest)
	}
	return p.caller.Do(ctx, "PutObject", request, responseError)
}
