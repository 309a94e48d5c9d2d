package s3store

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fakeAPI struct {
	put  func(*s3.PutObjectInput) (*s3.PutObjectOutput, error)
	head func(*s3.HeadObjectInput) (*s3.HeadObjectOutput, error)
}

func (f fakeAPI) HeadObject(_ context.Context, in *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	return f.head(in)
}

func (f fakeAPI) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	return f.put(in)
}

func TestPutIfAbsent_asksForAConditionalWrite(t *testing.T) {
	var asked *s3.PutObjectInput
	var body []byte
	store := New(fakeAPI{put: func(in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
		asked = in
		body, _ = io.ReadAll(in.Body)
		return &s3.PutObjectOutput{}, nil
	}}, "bucket")

	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "emails/v1/x.json"}, []byte(`{"a": 1}`))

	require.NoError(t, err)
	assert.Equal(t, consumer.Created, outcome)
	assert.Equal(t, "bucket", *asked.Bucket)
	assert.Equal(t, "emails/v1/x.json", *asked.Key)
	assert.Equal(t, "*", *asked.IfNoneMatch)
	assert.Equal(t, "application/json", *asked.ContentType)
	assert.Equal(t, `{"a": 1}`, string(body))
	assert.Empty(t, asked.Metadata)
}

// answering is a client of an S3 that answers with each status in turn, then
// with the last one, and the number of its requests.
func answering(t *testing.T, statuses ...int) (*Store, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/bucket/key", r.URL.Path, "a bucket by its path")
		status := statuses[min(int(calls.Add(1)), len(statuses))-1]
		w.WriteHeader(status)
		code := map[int]string{
			http.StatusPreconditionFailed: "PreconditionFailed",
			http.StatusConflict:           "ConditionalRequestConflict",
			http.StatusForbidden:          "AccessDenied",
		}[status]
		if code != "" {
			_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code></Error>")
		}
	}))
	t.Cleanup(server.Close)
	client := server.Client()
	t.Cleanup(client.CloseIdleConnections)
	return New(NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: client, RetryMaxAttempts: 3,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}), "bucket"), &calls
}

func TestPutIfAbsent_objectExists_isSuccess(t *testing.T) {
	store, calls := answering(t, http.StatusPreconditionFailed)
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, nil)
	require.NoError(t, err)
	assert.Equal(t, consumer.Present, outcome)
	assert.EqualValues(t, 1, calls.Load())
}

func TestPutIfAbsent_conflictOrServerError_isRetried(t *testing.T) {
	store, calls := answering(t, http.StatusConflict, http.StatusServiceUnavailable, http.StatusOK)
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.NoError(t, err)
	assert.Equal(t, consumer.Created, outcome)
	assert.EqualValues(t, 3, calls.Load())
}

func TestPutIfAbsent_accessDenied_isAnErrorAtOnce(t *testing.T) {
	store, calls := answering(t, http.StatusForbidden)
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorContains(t, err, "writing to S3: ")
	require.ErrorContains(t, err, "AccessDenied")
	assert.EqualValues(t, 1, calls.Load())
}

func TestErrors_arePermanentByTheirCode(t *testing.T) {
	for code, permanent := range map[string]bool{
		"KeyTooLongError": true, "InvalidArgument": true, "EntityTooLarge": true, "InvalidURI": true,
		"AccessDenied": false, "NoSuchBucket": false, "ExpiredToken": false, "InvalidToken": false,
		"RequestTimeTooSkewed": false, "RequestTimeout": false, "KMS.DisabledException": false, "SlowDown": false,
		"InternalError": false,
	} {
		store := New(fakeAPI{put: func(*s3.PutObjectInput) (*s3.PutObjectOutput, error) {
			return nil, &smithy.GenericAPIError{Code: code, Message: "text"}
		}}, "bucket")
		_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, nil)
		require.ErrorContains(t, err, code)
		assert.Equal(t, permanent, errors.Is(err, consumer.ErrPermanent), code)
	}
}

func TestNew_withoutEndpoint_bucketIsInTheHost(t *testing.T) {
	assert.False(t, NewClient(aws.Config{Region: "us-east-1"}).Options().UsePathStyle)
}

func TestPutIfAbsent_contextEnds_endsTheUpload(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	store, _ := answering(t, http.StatusOK)
	_, err := store.PutIfAbsent(ctx, consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
