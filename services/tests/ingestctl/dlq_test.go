package ingestctl

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bury sends a message to the dead-letter queue and returns its id.
func (w *world) bury(t *testing.T, body string) string {
	t.Helper()
	answer, err := sqs.NewFromConfig(w.server.Config()).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &w.seeded.DLQURL, MessageBody: &body})
	require.NoError(t, err)
	return *answer.MessageId
}

const storable = `{"email_subject": "S", "email_sender": "s", "email_timestream": 1693561101, "email_content": "private words", "received_at": "2026-01-02T03:04:05.000000+00:00"}`

func TestDLQ_listAndShow(t *testing.T) {
	w := newWorld(t)
	empty := w.run(t, "", "dlq", "ls")
	require.Zero(t, empty.status, empty.stderr)
	golden(t, "dlq-empty", empty.stdout)

	poison := w.bury(t, "no JSON")
	listed := w.run(t, "", "dlq", "ls")
	require.Zero(t, listed.status, listed.stderr)
	golden(t, "dlq-ls", listed.stdout)
	golden(t, "dlq-peek", listed.stderr)

	shown := w.run(t, "", "dlq", "show", poison)
	require.Zero(t, shown.status, shown.stderr)
	golden(t, "dlq-show", shown.stdout)
	assert.NotContains(t, shown.stdout, "no JSON\n", "the payload is shown on request alone")
	asked := w.run(t, "", "dlq", "show", poison, "--payload", "--json")
	require.Zero(t, asked.status, asked.stderr)
	var letter map[string]any
	require.NoError(t, json.Unmarshal([]byte(asked.stdout), &letter))
	assert.Equal(t, "no JSON", letter["payload"])

	missing := w.run(t, "", "dlq", "show", "00000000-0000-0000-0000-000000000000")
	assert.Equal(t, 1, missing.status)
	assert.Contains(t, missing.stderr, "ingestctl dlq ls lists them")
}

func TestDLQShow_validMessage_namesItsObject(t *testing.T) {
	w := newWorld(t)
	id := w.bury(t, storable)
	shown := w.run(t, "", "dlq", "show", id)
	require.Zero(t, shown.status, shown.stderr)
	golden(t, "dlq-show-storable", shown.stdout)
	assert.NotContains(t, shown.stdout, "private words")
}

func TestDLQRedrive_messagesAreStored(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.bury(t, storable)
	}
	redriven := w.run(t, "", "dlq", "redrive")
	require.Zero(t, redriven.status, redriven.stderr)
	golden(t, "dlq-redrive", redriven.stdout)
	assert.Zero(t, w.server.SQS.Counts(fakeaws.LocalDLQ).Total())
	assert.Equal(t, 3, w.server.SQS.Counts(fakeaws.LocalQueue).Visible)

	nothing := w.run(t, "", "dlq", "redrive")
	require.Zero(t, nothing.status, nothing.stderr)
	golden(t, "dlq-redrive-nothing", nothing.stdout)
}

func TestDLQDrop_withoutConfirmation_keepsTheMessage(t *testing.T) {
	w := newWorld(t)
	first := w.bury(t, "one")
	w.bury(t, "two")
	unconfirmed := w.run(t, "", "dlq", "drop", first)
	assert.NotZero(t, unconfirmed.status)
	assert.Contains(t, unconfirmed.stderr, "--yes")
	assert.Equal(t, 2, w.server.SQS.Counts(fakeaws.LocalDLQ).Total())

	dropped := w.run(t, "", "dlq", "drop", first, "--yes")
	require.Zero(t, dropped.status, dropped.stderr)
	golden(t, "dlq-drop", dropped.stdout)
	assert.Equal(t, 1, w.server.SQS.Counts(fakeaws.LocalDLQ).Total())

	all := w.run(t, "", "dlq", "drop", "--all", "--yes")
	require.Zero(t, all.status, all.stderr)
	assert.Zero(t, w.server.SQS.Counts(fakeaws.LocalDLQ).Total())
	assert.Equal(t, 2, w.run(t, "", "dlq", "drop").status, "one, or all")
}
