package iamdoc_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServicePrincipal_withoutItsSource_isAnError(t *testing.T) {
	document := func(conditions iamdoc.Conditions) iamdoc.Document {
		return iamdoc.Document{{
			Effect: iamdoc.Allow, Principal: iamdoc.Principal{Services: []string{"cloudwatch.amazonaws.com"}},
			Actions: []string{"sns:Publish"}, Resources: []string{"arn:topic"}, Conditions: conditions,
		}}
	}
	for _, conditions := range []iamdoc.Conditions{nil, {"StringEquals": {"aws:PrincipalTag/a": {"b"}}}, {"StringEquals": {"aws:SourceAccount": nil}}} {
		_, err := document(conditions).Render()
		require.ErrorContains(t, err, "a service is allowed without a condition on aws:SourceAccount or aws:SourceArn", conditions)
	}
	rendered, err := document(iamdoc.FromAccount("123456789012", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a-*")).Render()
	require.NoError(t, err)
	assert.Contains(t, rendered, `"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a-*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}`)
	_, err = document(iamdoc.Conditions{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {"arn:group"}}}).Render()
	require.NoError(t, err, "CloudWatch Logs names the log group only")
}
