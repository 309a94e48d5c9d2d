package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
)

// ingestWith posts a payload with idempotency keys.
func (w *world) ingestWith(t *testing.T, payload string, keys ...string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ingest", strings.NewReader(payload))
	request.Header["Idempotency-Key"] = keys
	w.handler(t).ServeHTTP(recorder, request)
	return recorder
}

func TestIdempotencyKey_isSentWithTheMessage(t *testing.T) {
	w := newWorld()
	long := strings.Repeat("~", 255)
	for _, key := range []string{`"quoted"`, "plain", long} {
		assert.Equal(t, http.StatusOK, w.ingestWith(t, payloadOf("1", "c"), key).Code)
	}
	assert.Equal(t, http.StatusOK, w.ingestWith(t, payloadOf("1", "c")).Code)
	assert.Equal(t, []string{`"quoted"`, "plain", long, ""}, w.keys)
}

func TestIdempotencyKey_notVisibleASCIIOrTwice_is400(t *testing.T) {
	w := newWorld()
	for _, keys := range [][]string{{""}, {" "}, {"a b"}, {"é"}, {"a\x7f"}, {strings.Repeat("k", 256)}, {"a", "b"}} {
		got := w.ingestWith(t, payloadOf("1", "c"), keys...)
		assert.Equal(t, http.StatusBadRequest, got.Code, "%q", keys)
		assert.Equal(t, `{"detail":"Idempotency-Key must be 1 to 255 visible ASCII characters, once"}`, got.Body.String())
	}
	assert.Empty(t, w.sent)
}

func TestIdempotencyKey_isCheckedAfterTokenAndTimestamp(t *testing.T) {
	w := newWorld()
	wrongToken := strings.Replace(payloadOf("1", "c"), right, "wrong", 1)
	assert.Equal(t, http.StatusForbidden, w.ingestWith(t, wrongToken, "").Code)
	assert.Contains(t, w.ingestWith(t, payloadOf(`"x"`, "c"), "").Body.String(), "email_timestream")
	assert.Equal(t, http.StatusBadRequest, w.ingestWith(t, payloadOf("1", strings.Repeat("a", message.MaxBytes)), "").Code)
}

func TestIdempotencyKey_countsTowardsTheSizeOfTheMessage(t *testing.T) {
	w := newWorld()
	const key = "a-key"
	content := func(less int) string {
		size := message.Size(message.Fields{Subject: "s", Sender: "x", Timestream: "1"})
		return payloadOf("1", strings.Repeat("a", message.MaxBytes-size-less))
	}
	assert.Equal(t, http.StatusOK, w.ingestWith(t, content(0)).Code)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.ingestWith(t, content(0), key).Code)
	assert.Equal(t, http.StatusOK, w.ingestWith(t, content(message.AttributeSize(message.IdempotencyAttribute, key)), key).Code)
}
