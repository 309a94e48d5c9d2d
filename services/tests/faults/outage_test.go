package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recoverWithin covers the longest backoff of an upload, and the longest delay
// after which a message that a second receive brought becomes visible again.
const recoverWithin = 2 * time.Minute

// workerHealth is what a worker's /healthz answers.
type workerHealth struct {
	Status      string
	InFlight    int `json:"in_flight"`
	Retrying    int
	LastFailure string `json:"last_failure"`
}

func healthOf(t *testing.T, worker *proctest.Program) (h workerHealth) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, worker.URL("/healthz"), http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&h))
	return h
}

// failedUploads waits until S3 has been asked n times more.
func (w *world) failedUploads(t *testing.T, n int) {
	t.Helper()
	want := w.plan.Calls("s3.PutObject") + n
	require.Eventually(t, func() bool { return w.plan.Calls("s3.PutObject") >= want }, time.Minute, 10*time.Millisecond)
}

// isStored waits until each of ids is an object and the queue is empty.
func (w *world) isStored(t *testing.T, ids ...string) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		objects := w.objects(t)
		for _, id := range ids {
			require.Len(t, objects[id], 1)
		}
		require.Zero(t, w.server.SQS.Counts(queueName).Total())
	}, recoverWithin, 100*time.Millisecond)
}

func (w *world) sendMany(t *testing.T, n int) (ids []string) {
	t.Helper()
	for i := range n {
		ids = append(ids, w.send(t, body(i)))
	}
	return ids
}

func TestOutageOfS3_costsNoReceives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	// Half of it is the margin of an extension on a busy machine.
	worker := w.worker(t, map[string]string{"VISIBILITY_TIMEOUT": "10", "AWS_MAX_RETRIES": "1"})
	w.isStored(t, w.sendMany(t, 1)...)
	up := w.plan.Down("s3.PutObject")
	ids := w.sendMany(t, 30)
	// Each message is extended at half its timeout. At the third time, more than
	// a whole timeout has passed.
	extensions := func() int { return w.plan.Calls("sqs.ChangeMessageVisibilityBatch") }
	for range 3 {
		before := extensions()
		require.Eventually(t, func() bool { return extensions() >= before+3 }, time.Minute, 50*time.Millisecond)
	}
	h := healthOf(t, worker)
	assert.Equal(t, "ok", h.Status)
	assert.Equal(t, 30, h.InFlight)
	assert.Equal(t, 30, h.Retrying)
	assert.Contains(t, h.LastFailure, "storing: ServiceUnavailable")
	up()
	w.isStored(t, ids...)
	assert.Empty(t, w.dead())
	assert.NotContains(t, worker.Log.String(), `"receive_count":2`)
	assert.Zero(t, healthOf(t, worker).Retrying)
}

func TestOutageOfS3_queuePurgedMeanwhile_newMessagesAreStored(t *testing.T) {
	t.Parallel()
	for _, storedBefore := range []int{0, 1} {
		t.Run(fmt.Sprintf("%d stored before", storedBefore), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			worker := w.worker(t, nil)
			w.isStored(t, w.sendMany(t, storedBefore)...)
			up := w.plan.Down("s3.PutObject")
			w.sendMany(t, 2)
			w.failedUploads(t, 1)
			_, err := w.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(w.queueURL)})
			require.NoError(t, err)
			// They leave when the worker learns that they are gone, while S3 is down.
			require.Eventually(t, func() bool { return healthOf(t, worker).InFlight == 0 }, time.Minute, 50*time.Millisecond)
			up()
			w.isStored(t, w.sendMany(t, 2)...)
		})
	}
}

func TestOutageOfS3_restarts_moveNothingToTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	up := w.plan.Down("s3.PutObject")
	ids := w.sendMany(t, 30)
	worker := w.worker(t, nil)
	for range 5 {
		w.failedUploads(t, 1)
		_, status := worker.Stop()
		require.Zero(t, status)
		worker.Start()
	}
	w.failedUploads(t, 1)
	up()
	w.isStored(t, ids...)
	assert.Empty(t, w.dead())
}
