package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// IdempotencyAttribute is the message attribute that holds the idempotency key which
// a client gave its payload. Without one there is no attribute.
const IdempotencyAttribute = "IdempotencyKey"

// MaxIdempotencyKey is the longest idempotency key in characters.
const MaxIdempotencyKey = 255

// ValidIdempotencyKey reports whether key has 1 to MaxIdempotencyKey visible ASCII
// characters.
func ValidIdempotencyKey(key string) bool {
	if key == "" || len(key) > MaxIdempotencyKey {
		return false
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

// KeyedObjectKey is the object's key of every message with that idempotency key,
// whenever it was sent.
func KeyedObjectKey(payloadVersion, environment, idempotencyKey string) string {
	sum := sha256.Sum256([]byte(idempotencyKey))
	return Prefix(payloadVersion, environment) + "keyed/" + hex.EncodeToString(sum[:]) + ".json"
}

// ContentDigest is the SHA-256 of what the client sent, as hexadecimal digits:
// received_at, which differs with each attempt, is left out.
func ContentDigest(body []byte) string {
	// Quotes within a text are escaped, so this is no part of one.
	if i := bytes.LastIndex(body, []byte(receivedStart)); i >= 0 {
		body = body[:i]
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
