package ingestctl

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSend_withAnIdempotencyKey_isStoredOnce(t *testing.T) {
	w := newWorld(t)
	w.api(t)
	worker := w.worker(t)
	for range 3 {
		sent := w.run(t, "", "send", "--idempotency-key", "order-1", "--timestream", "1")
		require.Zero(t, sent.status, sent.stderr)
	}
	worker.Log.Find(t, `"msg":"stored before"`)
	keys, err := w.server.S3.Keys(fakeaws.LocalBucket)
	require.NoError(t, err)
	assert.Equal(t, []string{message.KeyedObjectKey("v1", "local", "order-1")}, keys)

	content := w.run(t, "", "objects", "cat", "--idempotency-key", "order-1")
	require.Zero(t, content.status, content.stderr)
	assert.Contains(t, content.stdout, `"email_timestream": 1,`)
	for want, args := range map[string][]string{
		"there is no such object":                            {"--idempotency-key", "order-2"},
		"allowed are 1 to 255 visible ASCII characters":      {"--idempotency-key", ""},
		"allowed is one of a key, a message id and --idempo": {"m-1", "--idempotency-key", "order-1"},
		"found by --idempotency-key":                         {"m-1"},
	} {
		wrong := w.run(t, "", append([]string{"objects", "cat"}, args...)...)
		assert.NotZero(t, wrong.status)
		assert.Contains(t, wrong.stderr, want)
	}
	assert.Equal(t, 2, w.run(t, "", "objects", "cat").status)

	for _, key := range []string{"", "a b", strings.Repeat("k", 256)} {
		wrong := w.run(t, "", "send", "--idempotency-key", key)
		assert.Equal(t, 2, wrong.status)
		assert.Contains(t, wrong.stderr, "allowed are 1 to 255 visible ASCII characters")
	}
}
