package sqsreceive

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/ingest-iac/ingest/services/internal/sqsclient"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func queueAt(t *testing.T, handler http.HandlerFunc) *Queue {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A server notices that its client went away only once it has read the request.
		_, err := io.Copy(io.Discard, r.Body)
		assert.NoError(t, err)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	client := server.Client()
	t.Cleanup(client.CloseIdleConnections)
	calling, err := sqsclient.New(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: client, RetryMaxAttempts: 2,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	require.NoError(t, err)
	return New(calling, server.URL+"/000000000000/queue")
}

// cancelledByAnswer ends as soon as the first byte of an answer has arrived.
func cancelledByAnswer(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: cancel})
}

func TestReceive_contextEndsDuringTheAnswer_answerIsRead(t *testing.T) {
	ctx := cancelledByAnswer(t)
	queue := queueAt(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = fmt.Fprint(w, `{"Messages":`)
		w.(http.Flusher).Flush()
		// The client is told to stop between the first half and the second.
		<-ctx.Done()
		_, _ = fmt.Fprint(w, `[{"MessageId":"id","Body":"body"}]}`)
	})

	got, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 1})

	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "id", got[0].ID)
	assert.Error(t, ctx.Err())
}

func TestReceive_contextEndsWhileWaiting_isCancelledAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled time.Time
	queue := queueAt(t, func(_ http.ResponseWriter, r *http.Request) {
		<-time.After(choosing)
		cancelled = time.Now()
		cancel()
		<-r.Context().Done()
	})

	_, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 1, Wait: 20 * time.Second})

	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(cancelled), choosing)
}

func TestReceive_contextEndsAtItsStart_mayBeAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	queue := queueAt(t, func(w http.ResponseWriter, _ *http.Request) {
		// The worker is told to stop while SQS chooses.
		cancel()
		<-time.After(choosing / 10)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = fmt.Fprint(w, `{"Messages":[{"MessageId":"id","Body":"body"}]}`)
	})

	got, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 1, Wait: 20 * time.Second})

	require.NoError(t, err)
	assert.Len(t, got, 1)
}

func TestReceive_failedTry_isNotAnAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	queue := queueAt(t, func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		cancel()
		<-r.Context().Done()
	})
	began := time.Now()

	_, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 1, Wait: 20 * time.Second})

	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(began), 15*time.Second, "long before the poll's own 20 s")
}

func TestReceive_answerWithoutEnd_isCancelledAfterGrace(t *testing.T) {
	ctx := cancelledByAnswer(t)
	queue := queueAt(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprint(w, `{"Messages":`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	began := time.Now()

	_, err := queue.Receive(ctx, consumer.ReceiveRequest{Max: 1, Wait: 20 * time.Second})

	require.Error(t, err)
	took := time.Since(began)
	assert.GreaterOrEqual(t, took, grace)
	assert.Less(t, took, 15*time.Second, "long before the poll's own 20 s")
}
