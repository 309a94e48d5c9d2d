package s3store

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The suite writes under its own prefix in this bucket, which is made where it is
// missing (not in AWS), and deletes what it wrote.
var bucketName = flag.String("bucket", "ingest-store-test", "bucket to test with")

// storeUnderTest is the adapter, and a client to look behind it.
func storeUnderTest(t *testing.T) (store *Store, client *s3.Client, prefix string) {
	t.Helper()
	client = NewClient(awstest.Config(t, awsconf.Options{MaxAttempts: 5, Connections: 16}))
	if _, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: bucketName}); err != nil {
		require.False(t, awstest.OnAWS(), "bucket %s: %v", *bucketName, err)
		_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucketName})
		require.NoError(t, err)
	}
	prefix = fmt.Sprintf("test/%d/", time.Now().UnixNano())
	t.Cleanup(func() { removeAll(t, client, prefix) })
	return newStore(t, client, *bucketName), client, prefix
}

func newStore(t *testing.T, client *s3.Client, bucket string) *Store {
	t.Helper()
	store, err := New(client, bucket)
	require.NoError(t, err)
	return store
}

func removeAll(t *testing.T, client *s3.Client, prefix string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	listed, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucketName, Prefix: aws.String(prefix)})
	require.NoError(t, err)
	for i := range listed.Contents {
		_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: listed.Contents[i].Key})
		require.NoError(t, err)
	}
}

func TestPutIfAbsent_secondWrite_keepsTheFirst(t *testing.T) {
	store, client, prefix := storeUnderTest(t)
	key := prefix + "2026/01/02/1693561101_msgid=abc.json"

	first := []byte(`{"a": "first"}`)
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: key}, first)
	require.NoError(t, err)
	assert.Equal(t, consumer.Created, outcome)
	outcome, err = store.PutIfAbsent(t.Context(), consumer.Name{Key: key}, []byte(`{"a": "second"}`))
	require.NoError(t, err)
	assert.Equal(t, consumer.Present, outcome)

	object, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucketName, Key: aws.String(key)})
	require.NoError(t, err)
	defer func() { _ = object.Body.Close() }()
	content, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	assert.Equal(t, string(first), string(content))
	assert.Equal(t, ContentType, *object.ContentType)
}

func TestPutIfAbsent_concurrentWrites_oneIsStored(t *testing.T) {
	store, _, prefix := storeUnderTest(t)
	var winners atomic.Int64
	var writers sync.WaitGroup
	for n := range 16 {
		writers.Go(func() {
			outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: prefix + "key"}, fmt.Append(nil, n))
			if err != nil {
				t.Errorf("a race has a winner and losers, not errors: %v", err)
			}
			if outcome == consumer.Created {
				winners.Add(1)
			}
		})
	}
	writers.Wait()
	assert.EqualValues(t, 1, winners.Load())
}

func TestPutIfAbsent_keyTooLong_isAPermanentError(t *testing.T) {
	store, _, prefix := storeUnderTest(t)
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: prefix + strings.Repeat("k", 1025-len(prefix))}, []byte("x"))
	require.ErrorIs(t, err, consumer.ErrPermanent)
	require.ErrorContains(t, err, "KeyTooLongError")
}

func TestPutIfAbsent_missingBucket_isAnError(t *testing.T) {
	_, client, _ := storeUnderTest(t)
	_, err := newStore(t, client, "ingest-no-such-bucket-anywhere").PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorContains(t, err, "writing to S3: ")
}

func TestPutIfAbsent_duplicate_isComparedByDigest(t *testing.T) {
	store, client, prefix := storeUnderTest(t)
	name := consumer.Name{Key: prefix + "keyed/1.json", Digest: "digest-1"}
	for i, want := range []consumer.Outcome{consumer.Created, consumer.Present} {
		outcome, err := store.PutIfAbsent(t.Context(), name, []byte("x"))
		require.NoError(t, err)
		assert.Equal(t, want, outcome, i)
	}
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: name.Key, Digest: "digest-2"}, []byte("y"))
	require.NoError(t, err)
	assert.Equal(t, consumer.Different, outcome)

	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucketName, Key: aws.String(prefix + "other"), Body: strings.NewReader("z")})
	require.NoError(t, err)
	outcome, err = store.PutIfAbsent(t.Context(), consumer.Name{Key: prefix + "other", Digest: "digest-2"}, []byte("y"))
	require.NoError(t, err)
	assert.Equal(t, consumer.Uncompared, outcome, "the object has no digest")
}
