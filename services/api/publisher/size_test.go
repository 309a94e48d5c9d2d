package publisher

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
)

func TestBatch_idempotencyKeysCountTowardsItsSize(t *testing.T) {
	half := []byte(strings.Repeat("a", message.MaxBytes/2))
	for key, want := range map[string]int{"": 2, "key": 1} {
		p := New(Defaults())
		for range 2 {
			p.pending = append(p.pending, &entry{Message: Message{Body: half, IdempotencyKey: key}})
		}
		p.mu.Lock()
		assert.Len(t, p.remove(), want, "%q", key)
		p.mu.Unlock()
		p.wake.Stop()
	}
}
