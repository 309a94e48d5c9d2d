package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Bucket is one payload bucket.
type Bucket struct {
	client *s3.Client
	name   string
}

// NewBucket is the bucket of that name.
func NewBucket(config aws.Config, name string) *Bucket {
	return &Bucket{client: s3.NewFromConfig(config, func(o *s3.Options) {
		// An emulator has no names for its buckets.
		o.UsePathStyle = config.BaseEndpoint != nil
	}), name: name}
}

// Object is one stored message.
type Object struct {
	Key      string    `json:"key"`
	Bytes    int64     `json:"bytes"`
	StoredAt time.Time `json:"stored_at"`
}

// MessageID is the SQS message id in the object's key.
func (o Object) MessageID() string {
	_, id, _ := strings.Cut(o.Key, "_msgid=")
	return strings.TrimSuffix(id, ".json")
}

// List are the objects whose keys begin with a prefix, in the order of their keys.
// After an error there is nothing more.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, fmt.Errorf("listing s3://%s/%s: %w", b.name, prefix, err))
				return
			}
			for _, found := range page.Contents {
				object := Object{Key: aws.ToString(found.Key), Bytes: aws.ToInt64(found.Size), StoredAt: aws.ToTime(found.LastModified)}
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

// ErrNotFound is that there is no object of a key.
var ErrNotFound = errors.New("there is no such object")

// Get is the content of an object. Its error wraps ErrNotFound where there is none.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	answer, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	var missing *types.NoSuchKey
	switch {
	case errors.As(err, &missing):
		return nil, fmt.Errorf("reading s3://%s/%s: %w", b.name, key, ErrNotFound)
	case err != nil:
		return nil, fmt.Errorf("reading s3://%s/%s: %w", b.name, key, err)
	}
	content, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading s3://%s/%s: %w", b.name, key, err)
	}
	return content, nil
}
