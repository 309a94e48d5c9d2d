package publisher

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
)

func TestBatch_attributesCountTowardsItsSize(t *testing.T) {
	half := []byte(strings.Repeat("a", message.MaxBytes/2))
	for _, c := range []struct {
		attributes Message
		want       int
	}{{Message{}, 2}, {Message{IdempotencyKey: "key"}, 1}, {Message{Traceparent: "span"}, 1}} {
		p := New(Defaults())
		for range 2 {
			c.attributes.Body = half
			p.pending = append(p.pending, &entry{Message: c.attributes})
		}
		p.mu.Lock()
		assert.Len(t, p.remove(), c.want)
		p.mu.Unlock()
		p.wake.Stop()
	}
}
