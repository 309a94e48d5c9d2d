package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outcome counts the results of many requests.
type outcome struct {
	mu sync.Mutex
	// ids are the message ids of the 200s.
	ids []string
	// others are the other statuses.
	others []int
}

// flood posts requests from as many clients as there are, each its share.
func (w *world) flood(t *testing.T, clients, requests int) *outcome {
	t.Helper()
	got := &outcome{}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range requests / clients {
				got.add(t, w.api.URL("/ingest"))
			}
		})
	}
	wg.Wait()
	return got
}

func (o *outcome) add(t *testing.T, url string) {
	id, status, err := ask(t.Context(), url)
	if err != nil {
		t.Errorf("no answer: %v", err)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if status != http.StatusOK {
		o.others = append(o.others, status)
		return
	}
	o.ids = append(o.ids, id)
}

// ask posts a payload and returns what the answer says.
func ask(ctx context.Context, url string) (id string, status int, err error) {
	body := fmt.Sprintf(`{"data":{"email_subject":"s","email_sender":"x","email_timestream":1,"email_content":"c"},"token":%q}`, fakeaws.LocalToken)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var answered struct {
		MessageID string `json:"message_id"`
	}
	err = json.NewDecoder(response.Body).Decode(&answered)
	return answered.MessageID, response.StatusCode, err
}

// queuedIDs are the ids of what is in the queue.
func (w *world) queuedIDs() []string {
	var ids []string
	for _, queued := range w.aws.SQS.Messages(fakeaws.LocalQueue) {
		ids = append(ids, queued.ID)
	}
	return ids
}

func TestBatch_eachRequest_getsTheResultOfItsEntry(t *testing.T) {
	w := newWorld(t, map[string]string{"AWS_MAX_RETRIES": "5"})
	// Slow calls, so that messages gather to batches.
	w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: 20 * time.Millisecond}})
	w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessageBatch", Fault: faults.Fault{EveryEntry: 2}})
	got := w.flood(t, 40, 400)
	assert.Greater(t, w.aws.Faults.Calls("sqs.SendMessageBatch"), 10)
	assert.NotEmpty(t, got.ids)
	for _, status := range got.others {
		assert.Equal(t, http.StatusInternalServerError, status, "its attempts were used up")
	}
	assert.ElementsMatch(t, got.ids, w.queuedIDs(), "200 is what SQS took, once; everything else it did not take")
}

func TestThrottling_isRetried(t *testing.T) {
	t.Parallel()
	// Each fourth call of all clients fails: that one call fails ten times in a row
	// practically never happens, five times it does.
	w := newWorld(t, map[string]string{"AWS_MAX_RETRIES": "10"})
	w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Every: 4, Fault: faults.Throttled})
	got := w.flood(t, 20, 200)
	assert.Empty(t, got.others)
	assert.ElementsMatch(t, got.ids, w.queuedIDs())
}

func TestQueueThatHangs_pendingMessagesAre503WithRetryAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	hung := w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage*", Fault: faults.Fault{Delay: time.Hour}})
	body := payload(strings.Repeat("a", 200_000))
	// Twelve messages of this size are in flight at once and 83 pending. What comes
	// then is refused at once, what is pending after MaxWait, and what is in flight
	// fails with its last attempt.
	const clients = 100
	statuses := make(chan int, clients)
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.api.URL("/ingest"), strings.NewReader(body))
			if err != nil {
				t.Errorf("making a request: %v", err)
				return
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				if ctx.Err() == nil {
					t.Errorf("no answer: %v", err)
				}
				return
			}
			_ = response.Body.Close()
			if response.StatusCode == http.StatusServiceUnavailable {
				assert.Equal(t, "1", response.Header.Get("Retry-After"))
			}
			statuses <- response.StatusCode
		})
	}
	// More than are refused at once.
	for refused := 0; refused < 30; {
		switch status := <-statuses; status {
		case http.StatusServiceUnavailable:
			refused++
		case http.StatusInternalServerError:
		default:
			assert.Fail(t, "unexpected status", "%d", status)
		}
	}
	stop()
	asking.Wait()
	hung()
	require.Eventually(t, func() bool {
		_, status, err := ask(t.Context(), w.api.URL("/ingest"))
		return err == nil && status == http.StatusOK
	}, time.Minute, 100*time.Millisecond, "the queue answers again")
}

func TestCallThatHangs_isTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.status(t, fakeaws.LocalToken))
	w.aws.Faults.ResetCalls()
	w.aws.Faults.Add(faults.Rule{Operation: "sqs.SendMessage", Times: 1, Fault: faults.Fault{Delay: time.Hour}})
	assert.Equal(t, http.StatusOK, w.status(t, fakeaws.LocalToken))
	assert.Equal(t, 2, w.aws.Faults.Calls("sqs.SendMessage"))
}
