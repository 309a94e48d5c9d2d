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
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// storeAt is a store whose S3 is handler, with three attempts at a call.
func storeAt(t *testing.T, handler http.HandlerFunc, options ...func(*aws.Config)) *Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	transport := awshttp.NewBuildableClient().GetTransport()
	t.Cleanup(transport.CloseIdleConnections)
	configuration := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 3,
		HTTPClient:  &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
	for _, option := range options {
		option(&configuration)
	}
	return newStore(t, NewClient(configuration), "bucket")
}

// answer writes what S3 writes with an error; an empty code is an answer without body.
func answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amz-Request-Id", "request-1")
	w.Header().Set("X-Amz-Id-2", "host-1")
	w.WriteHeader(status)
	if code != "" {
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+"</Code><Message>text</Message></Error>")
	}
}

// answering is a store whose S3 answers with each status in turn, then with the last
// one, and the number of its requests.
func answering(t *testing.T, statuses ...int) (*Store, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	return storeAt(t, func(w http.ResponseWriter, _ *http.Request) {
		status := statuses[min(int(calls.Add(1)), len(statuses))-1]
		answer(w, status, map[int]string{
			http.StatusPreconditionFailed: "PreconditionFailed",
			http.StatusConflict:           "ConditionalRequestConflict",
			http.StatusForbidden:          "AccessDenied",
		}[status])
	}), &calls
}

func TestPutIfAbsent_objectIsThere_succeeds(t *testing.T) {
	store, calls := answering(t, http.StatusPreconditionFailed)
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, nil)
	require.NoError(t, err)
	assert.Equal(t, consumer.Present, outcome)
	assert.EqualValues(t, 1, calls.Load())
}

func TestPutIfAbsent_conflictAndServerError_areRetried(t *testing.T) {
	store, calls := answering(t, http.StatusConflict, http.StatusServiceUnavailable, http.StatusOK)
	outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.NoError(t, err)
	assert.Equal(t, consumer.Created, outcome)
	assert.EqualValues(t, 3, calls.Load())
}

func TestPutIfAbsent_serverErrorsOutlastTheAttempts_fails(t *testing.T) {
	store, calls := answering(t, http.StatusInternalServerError)
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorContains(t, err, "exceeded maximum number of attempts, 3")
	assert.EqualValues(t, 3, calls.Load())
}

func TestPutIfAbsent_accessDenied_failsAtOnce(t *testing.T) {
	store, calls := answering(t, http.StatusForbidden)
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.EqualError(t, err, "writing to S3: operation error S3: PutObject, https response error StatusCode: 403, "+
		"RequestID: request-1, HostID: host-1, api error AccessDenied: text")
	assert.EqualValues(t, 1, calls.Load())
}

func TestPutIfAbsent_error_isPermanentByItsCode(t *testing.T) {
	for code, permanent := range map[string]bool{
		"KeyTooLongError": true, "InvalidArgument": true, "EntityTooLarge": true, "InvalidURI": true,
		"AccessDenied": false, "NoSuchBucket": false, "ExpiredToken": false, "InvalidToken": false,
		"KMS.DisabledException": false,
	} {
		store := storeAt(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusBadRequest, code) })
		_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, nil)
		require.ErrorContains(t, err, code)
		assert.Equal(t, permanent, errors.Is(err, consumer.ErrPermanent), code)
	}
}

func TestPutIfAbsent_endedContext_fails(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	store, calls := answering(t, http.StatusOK)
	_, err := store.PutIfAbsent(ctx, consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Zero(t, calls.Load())
}

func TestPutIfAbsent_cancelledInFlight_failsWithoutRetry(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int64
	store := storeAt(t, func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := store.PutIfAbsent(ctx, consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 1, calls.Load())
}

func TestPutIfAbsent_comparison_failsOrIsNotAllowed(t *testing.T) {
	for status, denied := range map[int]bool{
		http.StatusForbidden: true, http.StatusServiceUnavailable: false, http.StatusNotFound: false,
	} {
		store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				answer(w, status, "")
				return
			}
			answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
		})
		outcome, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key", Digest: "digest"}, []byte("x"))
		if denied {
			require.NoError(t, err)
			assert.Equal(t, consumer.Uncompared, outcome)
			continue
		}
		require.ErrorContains(t, err, "comparing with the object in S3: ", status)
		assert.NotErrorIs(t, err, consumer.ErrPermanent)
	}
}

func TestNew_directoryBucket_isRejected(t *testing.T) {
	_, err := New(NewClient(aws.Config{Region: "us-east-1"}), "name--use1-az4--x-s3")
	require.ErrorContains(t, err, "directory bucket")
}
