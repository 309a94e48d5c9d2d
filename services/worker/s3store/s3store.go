// Package s3store is the consumer's store on Amazon S3.
package s3store

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/worker/consumer"
)

// ContentType is that of every object.
const ContentType = "application/json"

// Store is one bucket. It implements consumer.Store.
type Store struct {
	client *s3.Client
	putter *putter
	bucket string
}

var _ consumer.Store = (*Store)(nil)

// New makes the adapter for bucket. Its error is that of a bucket that has no
// endpoint in the client's region, or is a directory bucket.
func New(client *s3.Client, bucket string) (*Store, error) {
	putter, err := newPutter(client.Options(), bucket)
	if err != nil {
		return nil, err
	}
	return &Store{client: client, putter: putter, bucket: bucket}, nil
}

// NewClient makes an S3 client that suits the adapter. A configuration with an
// endpoint is for an emulator, and those know buckets by their path.
func NewClient(configuration aws.Config) *s3.Client {
	return s3.NewFromConfig(configuration, func(o *s3.Options) {
		o.UsePathStyle = configuration.BaseEndpoint != nil
		// 409: another write to the key was running. AWS asks to try again, which
		// the SDK does not do by default.
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
		o.Retryer = retry.AddWithErrorCodes(o.Retryer, "ConditionalRequestConflict", "OperationAborted")
	})
}

// permanent are the codes of errors that depend on the key and the body alone.
// Others of status 400 concern the bucket, its encryption key or the
// credentials, and pass when those are put right.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var permanent = map[string]bool{
	"KeyTooLongError": true,
	"InvalidArgument": true,
	"InvalidURI":      true,
	"EntityTooLarge":  true,
}

// digestMetadata is the metadata that holds the digest of an object's content.
const digestMetadata = "content-sha256"

// PutIfAbsent writes an object: one that is there already stays as it is, without
// error. Its error wraps consumer.ErrPermanent if S3 will never accept the key or the
// body.
func (s *Store) PutIfAbsent(ctx context.Context, name consumer.Name, body []byte) (consumer.Outcome, error) {
	err := s.putter.put(ctx, name.Key, name.Digest, body)
	var response *awshttp.ResponseError
	var answer smithy.APIError
	switch {
	case err == nil:
		return consumer.Created, nil
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusPreconditionFailed:
		return s.compare(ctx, name)
	case errors.As(err, &answer) && permanent[answer.ErrorCode()]:
		return 0, fmt.Errorf("writing to S3: %w: %w", consumer.ErrPermanent, err)
	default:
		return 0, fmt.Errorf("writing to S3: %w", err)
	}
}

// compare reports whether the object that is there has the same content. It asks S3
// only if several messages may have its key. Its error is temporary: a new attempt at the
// write compares again.
func (s *Store) compare(ctx context.Context, name consumer.Name) (consumer.Outcome, error) {
	if name.Digest == "" {
		return consumer.Present, nil
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(s.bucket), Key: aws.String(name.Key)})
	var response *awshttp.ResponseError
	switch {
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusForbidden:
		return consumer.Uncompared, nil
	case err != nil:
		return 0, fmt.Errorf("comparing with the object in S3: %w", err)
	case head.Metadata[digestMetadata] == "":
		return consumer.Uncompared, nil
	case head.Metadata[digestMetadata] == name.Digest:
		return consumer.Present, nil
	default:
		return consumer.Different, nil
	}
}
