package iamdoc_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTLSOnly_deniesEveryPrincipalWithoutTLS(t *testing.T) {
	got, err := iamdoc.Document{iamdoc.TLSOnly("sqs:*", "arn:queue")}.Render()
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*",
		"Action":"sqs:*","Resource":"arn:queue","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, got)
}
