package queue

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pair returns a queue with n messages, "0" to n-1, and its dead-letter queue.
func pair(n int, now time.Time) (q, dlq *Queue) {
	q, dlq = New("queue", time.Hour), New("dlq", 24*time.Hour)
	q.Redrive = &Redrive{MaxReceives: 2, Target: func() *Queue { return dlq }}
	for i := range n {
		q.Send(&Message{ID: strconv.Itoa(i)}, now, 0)
	}
	return q, dlq
}

func ids(messages []*Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.ID)
	}
	return all
}

func TestTake_returnsMessagesInTheOrderOfBecomingVisible(t *testing.T) {
	now := time.Now()
	q, _ := pair(3, now)
	first := q.take(now, 1, time.Minute)
	require.Equal(t, []string{"0"}, ids(first))
	require.NoError(t, q.ChangeVisibility(q.Handle(first[0]), now, 0))
	assert.Equal(t, []string{"1", "2", "0"}, ids(q.take(now, 10, time.Minute)))
	assert.Equal(t, Counts{InFlight: 3}, q.Counts(now))
	assert.Equal(t, Counts{Visible: 3}, q.Counts(now.Add(time.Minute)))
	assert.Equal(t, Counts{}, q.Counts(now.Add(time.Hour)), "the retention is over")
}

func TestRedrive_movesAtTheReceiveAfterTheLast(t *testing.T) {
	now := time.Now()
	q, dlq := pair(1, now)
	for range 2 {
		require.Len(t, q.take(now, 1, 0), 1)
	}
	assert.Equal(t, 1, q.Counts(now).Visible)
	assert.Empty(t, q.take(now, 1, 0))
	moved := dlq.Messages(now)
	require.Equal(t, []string{"0"}, ids(moved))
	assert.Equal(t, "queue", moved[0].Source)
	assert.Equal(t, 2, moved[0].Receives)
	assert.Equal(t, now, moved[0].SentAt)
}

func TestMove_withoutTarget_messageStays(t *testing.T) {
	now := time.Now()
	source, target := pair(3, now)
	moved, done := source.Move(now, 10, func(m *Message) *Queue {
		if m.ID == "1" {
			return nil
		}
		return target
	})
	assert.Equal(t, 2, moved)
	assert.True(t, done)
	assert.Equal(t, []string{"1"}, ids(source.Messages(now)))
	assert.Equal(t, 2, target.Counts(now).Visible)
	assert.NotContains(t, ids(target.Messages(now)), "0", "a moved message has a new id")

	_, done = source.Move(now, 0, func(*Message) *Queue { return target })
	assert.False(t, done)
}

func TestHandles_ofEarlierReceives_areStale(t *testing.T) {
	now := time.Now()
	q, dlq := pair(1, now)
	first := q.Handle(q.take(now, 1, 0)[0])
	second := q.Handle(q.take(now, 1, time.Minute)[0])
	require.ErrorIs(t, q.ChangeVisibility(first, now, 0), ErrStaleHandle)
	require.NoError(t, q.DeleteMessage(first))
	assert.Equal(t, 1, q.Counts(now).Total(), "nothing is deleted")
	require.ErrorIs(t, dlq.DeleteMessage(second), ErrHandle)
	require.ErrorIs(t, q.ChangeVisibility(second, now, MaxVisibility+time.Second), ErrMaxVisibility)
	require.ErrorIs(t, q.ChangeVisibility(second, now.Add(time.Minute), 0), ErrNotInFlight)
	require.NoError(t, q.DeleteMessage(second))
	assert.Zero(t, q.Counts(now).Total())
}

func TestUndoReceive_restoresTheReceiveCount(t *testing.T) {
	now := time.Now()
	q, _ := pair(1, now)
	m := q.take(now, 1, time.Minute)[0]
	q.UndoReceive([]string{q.Handle(m), "no handle"})
	assert.Equal(t, Counts{Visible: 1}, q.Counts(now))
	assert.Zero(t, m.Receives)
	assert.True(t, m.FirstReceived.IsZero())
}
