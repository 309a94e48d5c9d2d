package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// postKeyed posts the payload n with an idempotency key, and returns the message id.
func postKeyed(t *testing.T, client *http.Client, url, key string, n int) string {
	body := fmt.Sprintf(`{"data":{"email_subject":"s","email_sender":"a","email_timestream":%d,"email_content":"secret content"},"token":%q}`, n, token)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Errorf("making a request: %v", err)
		return ""
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := client.Do(request)
	if err != nil {
		t.Errorf("no answer: %v", err)
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	if !assert.Equal(t, http.StatusOK, response.StatusCode) {
		return ""
	}
	var answer struct {
		MessageID string `json:"message_id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Errorf("reading the answer: %v", err)
	}
	return answer.MessageID
}

// sendKeyed puts the payload n into the queue as an api does, received at a time.
func (w *world) sendKeyed(t *testing.T, key string, n int, received string) {
	t.Helper()
	_, err := w.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl:    aws.String(w.queueURL),
		MessageBody: aws.String(strings.Replace(body(n), "2026-01-02T23:59:59.999999", received, 1)),
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{message.IdempotencyAttribute: {
			DataType: aws.String(message.AttributeType), StringValue: aws.String(key),
		}},
	})
	require.NoError(t, err)
}

func TestIdempotencyKeys_retriesMidnightAndKill_areOneObjectEach(t *testing.T) {
	t.Parallel()
	const keys, retries, differing = 200, 20, 5
	w := newWorld(t, 0)
	apis := []*proctest.Program{w.api(t, nil), w.api(t, nil)}
	worker := w.worker(t, nil)
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	defer client.CloseIdleConnections()

	key := func(n int) string { return fmt.Sprintf("key-%d", n) }
	for n := range keys {
		w.sendKeyed(t, key(n), n, "2026-01-02T23:59:59.999999")
		w.sendKeyed(t, key(n), n, "2026-01-03T00:00:00.000001")
	}
	var mu sync.Mutex
	ids := map[string]bool{}
	next := make(chan int)
	var clients sync.WaitGroup
	for range 32 {
		clients.Go(func() {
			for i := range next {
				id := postKeyed(t, client, apis[i%2].URL("/ingest"), key(i/2%keys), i/2%keys)
				mu.Lock()
				ids[id] = true
				mu.Unlock()
			}
		})
	}
	const posts = keys * (retries - 2)
	for i := range posts {
		if i == posts/2 {
			worker.Kill()
			worker.Start()
		}
		next <- i
	}
	close(next)
	clients.Wait()
	assert.Len(t, ids, posts, "each has a message id of its own")
	settled := func() {
		require.Eventually(t, func() bool { return w.server.SQS.Counts(queueName).Total() == 0 }, settleWithin, 20*time.Millisecond)
	}
	settled()
	assert.NotContains(t, worker.Log.String(), "other content")
	for n := range differing {
		postKeyed(t, client, apis[n%2].URL("/ingest"), key(n), n+keys)
	}
	settled()

	stored, err := w.server.S3.Keys(bucket)
	require.NoError(t, err)
	assert.Len(t, stored, keys)
	for n := range keys {
		content, found := w.server.S3.Body(bucket, message.KeyedObjectKey("v1", "local", key(n)))
		require.True(t, found, key(n))
		assert.Contains(t, string(content), fmt.Sprintf(`"email_timestream": %d,`, n), "the first content stays")
	}
	assert.Empty(t, w.dead())
	_, status := worker.Stop()
	assert.Zero(t, status)
	log := worker.Log.String()
	assert.Equal(t, differing, strings.Count(log, "stored before with other content"))
	assert.Contains(t, log, fmt.Sprintf(`"stored_before_different":%d`, differing))
	assert.NotContains(t, log, "secret content")
}
