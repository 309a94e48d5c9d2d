package iamdoc_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(arns ...string) iamdoc.Document {
	return iamdoc.Document{{Effect: iamdoc.Allow, Actions: []string{"s3:GetObject"}, Resources: arns}}
}

// policyOf renders the policy that reads one object.
func policyOf(arn pulumi.StringInput) pulumi.StringOutput {
	return iamdoc.Output(func(arns []string) iamdoc.Document { return read(arns...) }, iamdoc.ARN{Of: "the object k", Value: arn})
}

func TestOutput_knownARN_isRendered(t *testing.T) {
	// Buffered, since nothing waits for an output that no resource takes.
	got := make(chan string, 1)
	_, err := componentstest.Run(t, func(_ *pulumi.Context) error {
		policyOf(pulumi.String("arn:aws:s3:::b/k")).ApplyT(func(document string) int {
			got <- document
			return 0
		})
		return nil
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]}`, <-got)
}

func TestOutput_documentError_isReturned(t *testing.T) {
	_, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		ctx.Export("policy", policyOf(pulumi.String("*")))
		return nil
	})
	assert.ErrorContains(t, err, `resource "*" needs a Reason`)
}

func TestOutput_emptyARN_errorNamesTheResource(t *testing.T) {
	_, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		ctx.Export("policy", policyOf(pulumi.String("")))
		return nil
	})
	assert.ErrorContains(t, err, "iamdoc: the ARN of the object k is empty")
}
