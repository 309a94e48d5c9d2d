package fakesqs

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a service under a fake clock, with a queue "q" whose dead-letter
// queue is "dlq".
type bench struct {
	*Service
	t     *testing.T
	clock *clockwork.FakeClock
}

func newBench(t *testing.T, attributes map[string]string) *bench {
	t.Helper()
	clock := clockwork.NewFakeClock()
	b := &bench{Service: New(clock, "us-east-1", "000000000000"), t: t, clock: clock}
	t.Cleanup(b.Close)
	require.NoError(t, b.Create("dlq", map[string]string{"MessageRetentionPeriod": "1209600"}))
	chosen := map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":5}`, b.ARN("dlq"))}
	for name, value := range attributes {
		chosen[name] = value
	}
	require.NoError(t, b.Create("q", chosen))
	return b
}

func (b *bench) put(n int) {
	b.t.Helper()
	for i := range n {
		_, err := b.send(b.t.Context(), &sendIn{QueueUrl: "q", entry: entry{MessageBody: strconv.Itoa(i)}})
		require.NoError(b.t, err)
	}
}

func (b *bench) poll(queue string, wait int) []received {
	b.t.Helper()
	limit := 10
	got, err := b.receive(b.t.Context(), &receiveIn{
		QueueUrl: queue, MaxNumberOfMessages: &limit, WaitTimeSeconds: &wait, AttributeNames: []string{"All"},
	})
	require.NoError(b.t, err)
	return got.Messages
}

func (b *bench) change(handle string, seconds int) error {
	_, err := b.changeVisibility(b.t.Context(), &handleIn{
		QueueUrl: "q", handleEntry: handleEntry{ReceiptHandle: handle, VisibilityTimeout: &seconds},
	})
	return err
}

func code(t *testing.T, err error) string {
	t.Helper()
	var known *awsjson.Error
	require.ErrorAs(t, err, &known)
	return known.Type
}

func TestRedelivery_forHours_endsInTheDeadLetterQueue(t *testing.T) {
	b := newBench(t, map[string]string{"VisibilityTimeout": "3600"})
	b.put(1)
	for receive := 1; receive <= 5; receive++ {
		got := b.poll("q", 0)
		require.Len(t, got, 1)
		assert.Equal(t, strconv.Itoa(receive), got[0].Attributes["ApproximateReceiveCount"])
		b.clock.Advance(time.Hour)
	}
	assert.Equal(t, Counts{Visible: 1}, b.Counts("q"), "it moves at the next receive, not before")
	assert.Empty(t, b.poll("q", 0))
	assert.Equal(t, Counts{}, b.Counts("q"))
	assert.Equal(t, Counts{Visible: 1}, b.Counts("dlq"))
	assert.Empty(t, b.Messages("q"))
	assert.Equal(t, 5, b.Messages("dlq")[0].Receives)
}

func TestVisibility_isAtMost12HoursInAll(t *testing.T) {
	b := newBench(t, map[string]string{"VisibilityTimeout": "43200"})
	b.put(1)
	handle := b.poll("q", 0)[0].ReceiptHandle
	for range 11 {
		require.NoError(t, b.change(handle, 3600))
		b.clock.Advance(time.Hour - time.Second)
	}
	require.NoError(t, b.change(handle, 3600))
	assert.Equal(t, "InvalidParameterValueException", code(t, b.change(handle, 7200)))
	b.clock.Advance(time.Hour)
	assert.Equal(t, "MessageNotInflight", code(t, b.change(handle, 60)))
}

func TestHandles_oldReceives_areInvalid(t *testing.T) {
	b := newBench(t, map[string]string{"VisibilityTimeout": "60"})
	b.put(1)
	first := b.poll("q", 0)[0].ReceiptHandle
	b.clock.Advance(time.Minute)
	second := b.poll("q", 0)[0].ReceiptHandle
	remove := func(queue, handle string) error {
		_, err := b.delete(t.Context(), &handleIn{QueueUrl: queue, handleEntry: handleEntry{ReceiptHandle: handle}})
		return err
	}
	require.NoError(t, remove("q", first), "an older handle is taken")
	assert.Equal(t, 1, b.Counts("q").Total(), "and deletes nothing")
	assert.Equal(t, "InvalidParameterValueException", code(t, b.change(first, 0)))
	assert.Equal(t, "ReceiptHandleIsInvalid", code(t, remove("dlq", second)), "it belongs to another queue")

	b.clock.Advance(time.Minute)
	require.NoError(t, remove("q", second), "the latest one still deletes when the message is visible again")
	assert.Zero(t, b.Counts("q").Total())
	assert.Empty(t, b.poll("q", 0))
	assert.Equal(t, "InvalidParameterValueException", code(t, b.change(second, 0)))
}

func TestLongPoll_messageBecomesVisible_wakes(t *testing.T) {
	for name, c := range map[string]struct {
		make  func(b *bench)
		after time.Duration
	}{
		"a visibility timeout ends": {func(b *bench) { b.put(1); b.poll("q", 0) }, 10 * time.Second},
		"a delay ends": {func(b *bench) {
			delay := 7
			_, err := b.send(b.t.Context(), &sendIn{QueueUrl: "q", entry: entry{MessageBody: "x", DelaySeconds: &delay}})
			require.NoError(b.t, err)
		}, 7 * time.Second},
		"nothing comes": {func(*bench) {}, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, map[string]string{"VisibilityTimeout": "10"})
			c.make(b)
			want := b.Counts("q").Total()
			answer := make(chan []received, 1)
			go func() { answer <- b.poll("q", 20) }()
			require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
			b.clock.Advance(c.after - time.Millisecond)
			select {
			case got := <-answer:
				t.Fatalf("answered %d messages too early", len(got))
			default:
			}
			require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
			b.clock.Advance(time.Millisecond)
			assert.Len(t, <-answer, want)
		})
	}
}

func TestReturnedMessage_wakesTheNextPoll(t *testing.T) {
	b := newBench(t, nil)
	b.put(1)
	handle := b.poll("q", 0)[0].ReceiptHandle
	answer := make(chan []received, 1)
	go func() { answer <- b.poll("q", 20) }()
	require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
	require.NoError(t, b.change(handle, 0))
	got := <-answer
	require.Len(t, got, 1)
	assert.Equal(t, "2", got[0].Attributes["ApproximateReceiveCount"])
}

func TestLongPoll_cancelled_takesNothing(t *testing.T) {
	b := newBench(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	wait := 20
	go func() {
		_, err := b.receive(ctx, &receiveIn{QueueUrl: "q", WaitTimeSeconds: &wait})
		ended <- err
	}()
	require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
	cancel()
	b.put(1) // whether the poll sees the end or the message first, it takes nothing
	require.Error(t, <-ended)
	assert.Equal(t, Counts{Visible: 1}, b.Counts("q"))
}

func TestReceive_undeliveredAnswer_isUndone(t *testing.T) {
	b := newBench(t, nil)
	b.put(2)
	limit := 10
	got, err := b.receive(t.Context(), &receiveIn{QueueUrl: "q", MaxNumberOfMessages: &limit})
	require.NoError(t, err)
	require.Len(t, got.Messages, 2)
	got.Undelivered()
	assert.Equal(t, Counts{Visible: 2}, b.Counts("q"))
	assert.Equal(t, "1", b.poll("q", 0)[0].Attributes["ApproximateReceiveCount"], "as though it had not been received")
	new(receiveOut).Undelivered() // an empty answer has nothing to take back
}

func TestMessages_endWithTheirRetention(t *testing.T) {
	b := newBench(t, map[string]string{"MessageRetentionPeriod": "3600"})
	b.put(3)
	b.clock.Advance(time.Hour - time.Second)
	assert.Equal(t, 3, b.Counts("q").Total())
	b.clock.Advance(time.Second)
	assert.Zero(t, b.Counts("q").Total())
	assert.Empty(t, b.poll("q", 0))
}

func TestMove_withRate_canBeCancelled(t *testing.T) {
	b := newBench(t, map[string]string{"VisibilityTimeout": "0"})
	b.put(10)
	for range 6 {
		b.poll("q", 0)
	}
	require.Equal(t, 10, b.Counts("dlq").Visible)
	started, err := b.startMove(t.Context(), &startMoveIn{SourceArn: b.ARN("dlq"), MaxNumberOfMessagesPerSecond: 3})
	require.NoError(t, err)
	_, err = b.startMove(t.Context(), &startMoveIn{SourceArn: b.ARN("dlq")})
	assert.Equal(t, "UnsupportedOperation", code(t, err))

	require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
	for second := 1; second <= 2; second++ {
		b.clock.Advance(time.Second)
		require.Eventually(t, func() bool { return b.Counts("q").Visible == 3*second }, 5*time.Second, time.Millisecond)
	}
	cancelled, err := b.cancelMove(t.Context(), &cancelMoveIn{TaskHandle: started.TaskHandle})
	require.NoError(t, err)
	assert.Equal(t, 6, cancelled.ApproximateNumberOfMessagesMoved)
	_, err = b.cancelMove(t.Context(), &cancelMoveIn{TaskHandle: started.TaskHandle})
	assert.Equal(t, "ResourceNotFoundException", code(t, err))
	assert.Equal(t, 4, b.Counts("dlq").Total())

	many := 10
	tasks, err := b.listMoves(t.Context(), &listMovesIn{SourceArn: b.ARN("dlq"), MaxResults: &many})
	require.NoError(t, err)
	require.Len(t, tasks.Results, 1)
	assert.Equal(t, moveCancelled, tasks.Results[0].Status)
	assert.Equal(t, 10, tasks.Results[0].ApproximateNumberOfMessagesToMove)
	assert.Empty(t, tasks.Results[0].TaskHandle)
}

func TestInFlight_hasALimit(t *testing.T) {
	b := newBench(t, nil)
	b.put(queue.MaxInFlight + 1)
	for range queue.MaxInFlight / 10 {
		require.Len(t, b.poll("q", 0), 10)
	}
	_, err := b.receive(t.Context(), &receiveIn{QueueUrl: "q"})
	assert.Equal(t, "OverLimit", code(t, err))
	assert.Equal(t, Counts{Visible: 1, InFlight: queue.MaxInFlight}, b.Counts("q"))
}

func TestDeleteQueue_endsItsPolls(t *testing.T) {
	b := newBench(t, nil)
	ended := make(chan error, 1)
	wait := 20
	go func() {
		_, err := b.receive(t.Context(), &receiveIn{QueueUrl: "q", WaitTimeSeconds: &wait})
		ended <- err
	}()
	require.NoError(t, b.clock.BlockUntilContext(t.Context(), 1))
	_, err := b.deleteQueue(t.Context(), &queueIn{"q"})
	require.NoError(t, err)
	assert.Equal(t, "QueueDoesNotExist", code(t, <-ended))
}
