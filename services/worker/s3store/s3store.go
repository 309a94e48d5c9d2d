// Package s3store is the consumer's store on Amazon S3.
package s3store

import (
	"bytes"
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

// API is what the adapter calls of *s3.Client.
type API interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Store is one bucket. It implements consumer.Store.
type Store struct {
	api    API
	bucket string
}

var _ consumer.Store = (*Store)(nil)

// New makes the adapter for bucket.
func New(api API, bucket string) *Store { return &Store{api: api, bucket: bucket} }

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

// PutIfAbsent writes an object under key, and reports whether it did: an object
// that is there already stays as it is, without error. Its error wraps
// consumer.ErrPermanent where S3 will never accept the key or the body.
func (s *Store) PutIfAbsent(ctx context.Context, key string, body []byte) (created bool, err error) {
	_, err = s.api.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      aws.String(s.bucket),
		Key:         aws.String(key),
		Body:        bytes.NewReader(body),
		ContentType: aws.String(ContentType),
		IfNoneMatch: aws.String("*"),
	})
	var response *awshttp.ResponseError
	var answer smithy.APIError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusPreconditionFailed:
		return false, nil
	case errors.As(err, &answer) && permanent[answer.ErrorCode()]:
		return false, fmt.Errorf("writing to S3: %w: %w", consumer.ErrPermanent, err)
	default:
		return false, fmt.Errorf("writing to S3: %w", err)
	}
}
