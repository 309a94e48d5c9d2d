package message

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestValidIdempotencyKey(t *testing.T) {
	for _, key := range []string{"a", "!", "~", `"8e03978e-40d5-43dd-bc93-6894a57f9324"`, strings.Repeat("k", 255)} {
		assert.True(t, ValidIdempotencyKey(key), "%q", key)
	}
	for _, key := range []string{"", " ", "a b", "a\tb", "a\x00", "\x7f", "é", strings.Repeat("k", 256)} {
		assert.False(t, ValidIdempotencyKey(key), "%q", key)
	}
}

func TestKeyedObjectKey_followsFromTheKeyAlone(t *testing.T) {
	assert.Equal(t, "emails/v1/prod/keyed/9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0.json",
		KeyedObjectKey("v1", "prod", "aaa"))
}

func TestContentDigest_leavesOutReceivedAt(t *testing.T) {
	fields := Fields{Subject: "s", Timestream: "1", Content: `", "received_at": "2026`}
	first := ContentDigest(Encode(fields, noon))
	assert.Equal(t, first, ContentDigest(Encode(fields, noon.Add(48*time.Hour))))
	fields.Content = `", "received_at": "2027`
	assert.NotEqual(t, first, ContentDigest(Encode(fields, noon)))
	assert.NotEqual(t, ContentDigest([]byte(`{"email_timestream": 1}`)), ContentDigest([]byte(`{"email_timestream": 2}`)))
}

func TestAttributeSize_isNameTypeAndValue(t *testing.T) {
	assert.Zero(t, AttributeSize(IdempotencyAttribute, ""))
	assert.Equal(t, 14+6+3, AttributeSize(IdempotencyAttribute, "abc"))
}
