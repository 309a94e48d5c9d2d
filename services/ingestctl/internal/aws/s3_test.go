package aws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stored is a bucket with an object under each of the keys, which holds its key.
func stored(t *testing.T, keys ...string) *Bucket {
	t.Helper()
	server, err := fakeaws.Start(fakeaws.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	_, err = server.Seed(fakeaws.Seed{})
	require.NoError(t, err)
	bucket := NewBucket(server.Config(), fakeaws.LocalBucket)
	for _, key := range keys {
		_, err := bucket.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(fakeaws.LocalBucket), Key: &key, Body: strings.NewReader(key)})
		require.NoError(t, err)
	}
	return bucket
}

func TestList_manyObjects_readsAllPages(t *testing.T) {
	var want []string
	for n := range 1001 {
		want = append(want, fmt.Sprintf("a/%04d.json", n))
	}
	bucket := stored(t, append(want, "b/other.json")...)
	var got []string
	for object, err := range bucket.List(t.Context(), "a/") {
		require.NoError(t, err)
		assert.EqualValues(t, len(object.Key), object.Bytes)
		got = append(got, object.Key)
	}
	assert.Equal(t, want, got)
}

func TestList_error_isReturned(t *testing.T) {
	bucket := stored(t)
	bucket.name = "another"
	errs := 0
	for _, err := range bucket.List(t.Context(), "a/") {
		require.ErrorContains(t, err, "listing s3://another/a/: ")
		errs++
	}
	assert.Equal(t, 1, errs)
}

func TestGet_missingObject_isNotFound(t *testing.T) {
	bucket := stored(t, "a/1.json")
	content, err := bucket.Get(t.Context(), "a/1.json")
	require.NoError(t, err)
	assert.Equal(t, "a/1.json", string(content))
	_, err = bucket.Get(t.Context(), "a/2.json")
	require.ErrorIs(t, err, ErrNotFound)
	bucket.name = "another"
	_, err = bucket.Get(t.Context(), "a/1.json")
	require.Error(t, err)
	assert.NotErrorIs(t, err, ErrNotFound, "that it is the bucket is not hidden")
}

func TestMessageID_isPartOfTheKey(t *testing.T) {
	assert.Equal(t, "m-1", Object{Key: "emails/v1/prod/2026/01/02/1_msgid=m-1.json"}.MessageID())
	assert.Empty(t, Object{Key: "readme.txt"}.MessageID())
}
