package payloads

import (
	"encoding/json"
	"testing"

	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEmail_hasTheFieldsOfThePayload(t *testing.T) {
	encoded, err := json.Marshal(Email{Timestream: 1})
	require.NoError(t, err)
	var names map[string]any
	require.NoError(t, json.Unmarshal(encoded, &names))
	assert.Len(t, names, len(message.Declared()))
	for _, field := range message.Declared() {
		assert.Contains(t, names, field.Name)
	}
}
