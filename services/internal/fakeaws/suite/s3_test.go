package suite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// objectTests run against each way in which the fake AWS keeps objects.
var objectTests = map[string]func(*testing.T, *place){
	"object_isReadAsStored":                    testObjectIsReadAsStored,
	"conditionalWrite_second_keepsTheFirst":    testConditionalWriteSecondKeepsTheFirst,
	"conditionalWrites_concurrent_oneIsStored": testConditionalWritesConcurrentOneIsStored,
	"keys_areListedInOrderAndInPages":          testKeysAreListedInOrderAndInPages,
	"delete_objectIsNotFound":                  testDeleteObjectIsNotFound,
	"bucket_missing_isAnError":                 testBucketMissingIsAnError,
	"checksums_ofEveryKind_areKept":            testChecksumsOfEveryKindAreKept,
	"checksum_wrong_isRefused":                 testChecksumWrongIsRefused,
	"multipartUpload_isOneObject":              testMultipartUploadIsOneObject,
	"key_upTo1024Bytes_isStored":               testKeyUpTo1024BytesIsStored,
	"bucket_new_isListedWithItsDate":           testBucketNewIsListedWithItsDate,
}

func TestObjects(t *testing.T) {
	for kind, make := range places {
		t.Run(kind, func(t *testing.T) {
			for name, test := range objectTests {
				t.Run(name, func(t *testing.T) { test(t, make(t)) })
			}
		})
	}
}

// bucket makes a bucket for the test and removes it with what is in it.
func (p *place) bucket(t *testing.T) string {
	t.Helper()
	name := cmp.Or(p.rootBucket, randomName("suite"))
	_, err := p.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.Background()
		listed, err := p.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &name})
		require.NoError(t, err)
		for _, object := range listed.Contents {
			_, err := p.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &name, Key: object.Key})
			require.NoError(t, err)
		}
		_, err = p.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
		require.NoError(t, err)
	})
	return name
}

func (p *place) putObject(t *testing.T, bucket, key, body string, change ...func(*s3.PutObjectInput)) error {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body), ContentType: aws.String("application/json")}
	for _, c := range change {
		c(in)
	}
	_, err := p.s3.PutObject(t.Context(), in)
	return err
}

func ifAbsent(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }

func (p *place) getObject(t *testing.T, bucket, key string) (*s3.GetObjectOutput, string) {
	t.Helper()
	// The SDK checks what it reads against the checksum that it was stored with.
	got, err := p.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	require.NoError(t, err)
	body, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	require.NoError(t, got.Body.Close())
	return got, string(body)
}

func status(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func testObjectIsReadAsStored(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	const key = "emails/v1/local/2026/01/02/1_msgid=a b+c%20é.json"
	require.NoError(t, p.putObject(t, bucket, key, `{"a":"é"}`, func(in *s3.PutObjectInput) {
		in.Metadata = map[string]string{"origin": "suite"}
	}))
	got, body := p.getObject(t, bucket, key)
	assert.Equal(t, `{"a":"é"}`, body)
	assert.Equal(t, "application/json", *got.ContentType)
	assert.Equal(t, map[string]string{"origin": "suite"}, got.Metadata)

	head, err := p.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(key)})
	require.NoError(t, err)
	assert.EqualValues(t, len(body), *head.ContentLength)
	assert.Equal(t, got.ETag, head.ETag)

	part, err := p.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(key), Range: aws.String("bytes=1-3")})
	require.NoError(t, err)
	some, err := io.ReadAll(part.Body)
	require.NoError(t, err)
	require.NoError(t, part.Body.Close())
	assert.Equal(t, `"a"`, string(some))
}

func testConditionalWriteSecondKeepsTheFirst(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	require.NoError(t, p.putObject(t, bucket, "k", "first", ifAbsent))
	err := p.putObject(t, bucket, "k", "second", ifAbsent)
	assert.Equal(t, "PreconditionFailed", code(t, err))
	assert.Equal(t, http.StatusPreconditionFailed, status(err))
	_, body := p.getObject(t, bucket, "k")
	assert.Equal(t, "first", body)
	require.NoError(t, p.putObject(t, bucket, "k", "third"), "a plain write replaces")
	_, body = p.getObject(t, bucket, "k")
	assert.Equal(t, "third", body)
}

func testConditionalWritesConcurrentOneIsStored(t *testing.T, p *place) {
	t.Helper()
	const writers, rounds = 16, 20
	bucket := p.bucket(t)
	for round := range rounds {
		key := fmt.Sprintf("race/%d", round)
		results := make([]int, writers)
		begin := make(chan struct{})
		var writing sync.WaitGroup
		for i := range writers {
			writing.Go(func() {
				<-begin
				if err := p.putObject(t, bucket, key, fmt.Sprint(i), ifAbsent); err != nil {
					results[i] = status(err)
				} else {
					results[i] = http.StatusOK
				}
			})
		}
		close(begin)
		writing.Wait()
		winner := -1
		for i, got := range results {
			switch got {
			case http.StatusOK:
				require.Equal(t, -1, winner, "%s: %v", key, results)
				winner = i
			case http.StatusPreconditionFailed:
			case http.StatusConflict:
				require.NotZero(t, p.wait, "S3 may say that another write is under way; the fake AWS waits for it")
			default:
				t.Fatalf("%s: writer %d was answered %d", key, i, got)
			}
		}
		require.NotEqual(t, -1, winner, results)
		_, body := p.getObject(t, bucket, key)
		assert.Equal(t, fmt.Sprint(winner), body)
	}
}

func testKeysAreListedInOrderAndInPages(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	for _, key := range []string{"b/2", "a/1", "b/1", "c", "b-1", "a/2"} {
		require.NoError(t, p.putObject(t, bucket, key, key))
	}
	pages := s3.NewListObjectsV2Paginator(p.s3, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(2)})
	var keys []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		assert.LessOrEqual(t, len(page.Contents), 2)
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	assert.IsIncreasing(t, keys)
	assert.Len(t, keys, 6)

	listed, err := p.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("b"), Delimiter: aws.String("/")})
	require.NoError(t, err)
	require.Len(t, listed.Contents, 1)
	assert.Equal(t, "b-1", *listed.Contents[0].Key)
	require.Len(t, listed.CommonPrefixes, 1)
	assert.Equal(t, "b/", *listed.CommonPrefixes[0].Prefix)
}

func testDeleteObjectIsNotFound(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	require.NoError(t, p.putObject(t, bucket, "a/b", "x"))
	for range 2 { // S3 deletes what is not there, too
		_, err := p.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("a/b")})
		require.NoError(t, err)
	}
	_, err := p.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a/b")})
	var missing *types.NoSuchKey
	require.ErrorAs(t, err, &missing)
	_, err = p.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("a/b")})
	assert.Equal(t, http.StatusNotFound, status(err))
}

func testBucketMissingIsAnError(t *testing.T, p *place) {
	t.Helper()
	err := p.putObject(t, randomName("none"), "k", "x")
	assert.Equal(t, "NoSuchBucket", code(t, err))
}

func testChecksumsOfEveryKindAreKept(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	body := strings.Repeat("0123456789", 1000)
	for _, algorithm := range types.ChecksumAlgorithmCrc32.Values() {
		switch algorithm {
		case types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
			types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256:
		default:
			continue // newer than the S3 server package
		}
		require.NoError(t, p.putObject(t, bucket, string(algorithm), body, func(in *s3.PutObjectInput) {
			in.ChecksumAlgorithm = algorithm
		}), algorithm)
		_, got := p.getObject(t, bucket, string(algorithm))
		assert.Equal(t, body, got, algorithm)
	}
}

func testChecksumWrongIsRefused(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	err := p.putObject(t, bucket, "k", "x", func(in *s3.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAAAAA==") })
	assert.Equal(t, "BadDigest", code(t, err))
	_, err = p.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("k")})
	assert.Equal(t, http.StatusNotFound, status(err))
}

func testMultipartUploadIsOneObject(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	const key = "big"
	begun, err := p.s3.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String(key)})
	require.NoError(t, err)
	whole := [][]byte{bytes.Repeat([]byte("a"), 5<<20), []byte("end")}
	var parts []types.CompletedPart
	for i, content := range whole {
		number := aws.Int32(int32(i + 1))
		part, err := p.s3.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: &bucket, Key: aws.String(key), UploadId: begun.UploadId, PartNumber: number, Body: bytes.NewReader(content),
		})
		require.NoError(t, err)
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
	}
	_, err = p.s3.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: aws.String(key), UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	require.NoError(t, err)
	head, err := p.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(key)})
	require.NoError(t, err)
	assert.EqualValues(t, 5<<20+3, *head.ContentLength)
}

func testKeyUpTo1024BytesIsStored(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	keys := []string{
		"emails/v1/local/2026/01/02/" + strings.Repeat("1", 512) + "_msgid=x.json",
		strings.Repeat("k", 1024), "a", "a/b", "a//b", "a/", "double//slash", "é/ü+ %25",
	}
	for _, key := range keys {
		require.NoError(t, p.putObject(t, bucket, key, key, ifAbsent), "%q", key)
		assert.Equal(t, "PreconditionFailed", code(t, p.putObject(t, bucket, key, "other", ifAbsent)), "%q", key)
	}
	listed, err := p.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	var found []string
	for _, object := range listed.Contents {
		found = append(found, *object.Key)
		got, body := p.getObject(t, bucket, *object.Key)
		assert.Equal(t, *object.Key, body)
		assert.Equal(t, "application/json", *got.ContentType)
	}
	assert.ElementsMatch(t, keys, found)
	assert.Equal(t, "KeyTooLongError", code(t, p.putObject(t, bucket, strings.Repeat("k", 1025), "x")))
}

func testBucketNewIsListedWithItsDate(t *testing.T, p *place) {
	t.Helper()
	bucket := p.bucket(t)
	ctx := t.Context()
	location, err := p.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Empty(t, location.LocationConstraint)
	versioning, err := p.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Empty(t, versioning.Status)
	all, err := p.s3.ListBuckets(ctx, &s3.ListBucketsInput{Prefix: &bucket})
	require.NoError(t, err)
	index := slices.IndexFunc(all.Buckets, func(b types.Bucket) bool { return *b.Name == bucket })
	require.NotEqual(t, -1, index)
	assert.WithinDuration(t, p.now(), *all.Buckets[index].CreationDate, time.Hour)
}
