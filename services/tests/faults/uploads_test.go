package faults

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The worker makes one attempt for each upload here, and S3 refuses the first
// uploads of the message.
func TestS3Errors_allAttemptsFail_areNoSuccess(t *testing.T) {
	t.Parallel()
	for _, fault := range []faults.Fault{
		{Status: http.StatusBadRequest, Code: "RequestTimeout"},
		{Status: http.StatusForbidden, Code: "AccessDenied"},
		{Status: http.StatusNotFound, Code: "NoSuchBucket"},
		{Status: http.StatusConflict, Code: "ConditionalRequestConflict"},
		{Status: http.StatusConflict, Code: "OperationAborted"},
		faults.SlowDown,
	} {
		t.Run(strconv.Itoa(fault.Status)+" "+fault.Code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			w.plan.Add(faults.Rule{Operation: "s3.PutObject", Times: 2, Fault: fault})
			message := w.put(t, 1)
			w.worker(t, map[string]string{"AWS_MAX_RETRIES": "1"})
			w.settled(t, message)
		})
	}
}

// hang is longer than any limit of the worker.
var hang = faults.Fault{Delay: 5 * time.Minute}

func TestUpload_exceedsItsTimeout_isTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.plan.Add(faults.Rule{Operation: "s3.PutObject", Times: 1, Fault: hang})
	message := w.put(t, 1)
	// Long enough that no message is received again on a busy machine.
	w.worker(t, map[string]string{"AWS_MAX_RETRIES": "1", "VISIBILITY_TIMEOUT": "60"})
	w.settled(t, message)
	assert.Equal(t, 2, w.plan.Calls("s3.PutObject"))
}

func TestUpload_cutOffBySIGTERM_isStoredByTheNextWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	first := w.put(t, 1)
	worker := w.worker(t, map[string]string{"VISIBILITY_TIMEOUT": "60"})
	w.settled(t, first) // it takes several messages at once after this
	heal := w.plan.Add(faults.Rule{Operation: "s3.PutObject", Fault: hang})
	messages := []sent{first}
	for n := range 5 {
		messages = append(messages, w.put(t, n))
	}
	require.Eventually(t, func() bool { return w.plan.Calls("s3.PutObject") == 6 }, 10*time.Second, 5*time.Millisecond)

	took, status := worker.Stop()

	assert.Zero(t, status)
	assert.Less(t, took, 25*time.Second)
	assert.Equal(t, 5, w.server.SQS.Counts(queueName).Total(), "nothing is deleted")
	heal()
	w.worker(t, nil)
	w.settled(t, messages...)
}

// Each worker is killed while S3 hangs, so that the message is received again.
func TestMessage_receivedManyTimes_isStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	heal := w.plan.Add(faults.Rule{Operation: "s3.PutObject", Fault: hang})
	message := w.put(t, 1)
	worker := w.worker(t, nil)
	const receives = 4 // one less than what moves it to the dead-letter queue
	for n := 1; n < receives; n++ {
		require.Eventually(t, func() bool { return w.plan.Calls("s3.PutObject") == n }, 20*time.Second, 5*time.Millisecond)
		assert.Equal(t, n, w.receives(message.id))
		worker.Kill()
		worker.Start()
	}
	require.Eventually(t, func() bool { return w.receives(message.id) != receives-1 }, 20*time.Second, 5*time.Millisecond)
	heal()
	w.settled(t, message)
}

// The visibility timeout ends since it cannot be extended; the message is then
// another receive's.
func TestMessage_visibilityTimeoutEnds_isStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	heal := w.plan.Down("s3.PutObject")
	extend := w.plan.Down("sqs.ChangeMessageVisibility*")
	message := w.put(t, 1)
	worker := w.worker(t, map[string]string{"VISIBILITY_TIMEOUT": "1", "AWS_MAX_RETRIES": "1"})
	worker.Log.Find(t, "extended no further")
	extend()
	heal()
	w.settled(t, message)
}

func TestUpload_longerThanVisibilityTimeout_isMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	first := w.put(t, 1)
	w.worker(t, nil)
	w.settled(t, first)
	w.plan.ResetCalls()
	w.plan.Add(faults.Rule{Operation: "s3.PutObject", Times: 1, Fault: faults.Fault{Delay: 4 * visibility}})
	second := w.put(t, 2)
	w.settled(t, first, second)
	assert.Equal(t, 1, w.plan.Calls("s3.PutObject"))
	assert.Equal(t, 1, w.plan.Calls("sqs.DeleteMessageBatch"))
}
