package faults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func body(n int) string {
	return fmt.Sprintf(`{"email_subject": "s", "email_sender": "a", "email_timestream": %d, `+
		`"email_content": "secret content", "received_at": "2026-01-02T23:59:59.999999+00:00"}`, n)
}

func TestObject_equalsItsMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	message := sent{id: w.send(t, body(1693561101)), body: body(1693561101)}
	message.key = keyOf("prod", "v2", "2026-01-02", 1693561101, message.id)
	worker := w.worker(t, map[string]string{"APP_ENV": "prod", "PAYLOAD_VERSION": "v2"})
	w.settled(t, message)

	stored, err := w.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: &message.key})
	require.NoError(t, err)
	assert.Equal(t, "application/json", *stored.ContentType)
	_, status := worker.Stop()
	assert.Zero(t, status)
	assert.Contains(t, worker.Log.String(), `"msg":"stored","service":"worker","message_id":"`+message.id+`"`)
	assert.NotContains(t, worker.Log.String(), "secret content")
}

func TestSIGTERM_finishesUploadsAndReturnsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.plan.Add(faults.Rule{Operation: "s3.PutObject", Fault: faults.Fault{Delay: time.Second}})
	for n := range 60 {
		w.send(t, body(n))
	}
	worker := w.worker(t, map[string]string{"UPLOAD_CONCURRENCY": "4", "VISIBILITY_TIMEOUT": "600"})
	require.Eventually(t, func() bool { return w.plan.Calls("s3.PutObject") >= 4 }, 10*time.Second, 10*time.Millisecond)

	took, status := worker.Stop()

	assert.Zero(t, status)
	assert.Less(t, took, 5*time.Second)
	stored := len(w.objects(t))
	assert.GreaterOrEqual(t, stored, 4)
	visible, hidden := w.depth(t.Context(), t, w.queueURL)
	assert.Equal(t, 60-stored, visible, "returned messages are visible at once")
	assert.Zero(t, hidden)
	assert.Contains(t, worker.Log.String(), `"msg":"stopped"`)
}

func TestPoison_fiveReceives_isInTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	id := w.send(t, "[1, 2, secret content]")
	worker := w.worker(t, map[string]string{"VISIBILITY_TIMEOUT": "1"})
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		require.Equal(t, 1, w.pending(context.Background(), t, w.deadURL))
	}, 20*time.Second, 50*time.Millisecond)

	assert.Equal(t, map[string][]string{id: {"[1, 2, secret content]"}}, w.dead())
	log := worker.Log.String()
	assert.Equal(t, 5, strings.Count(log, "message is poison"))
	assert.Contains(t, log, `"message_id":"`+id+`"`)
	assert.Contains(t, log, `"receive_count":5`)
	assert.NotContains(t, log, "secret content")
	assert.Empty(t, w.objects(t))
}
