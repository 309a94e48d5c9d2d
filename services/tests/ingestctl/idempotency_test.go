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

	for _, key := range []string{"", "a b", strings.Repeat("k", 256)} {
		wrong := w.run(t, "", "send", "--idempotency-key", key)
		assert.Equal(t, 2, wrong.status)
		assert.Contains(t, wrong.stderr, "allowed are 1 to 255 visible ASCII characters")
	}
}
