package iamdoc_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(arn string) iamdoc.Document {
	return iamdoc.Document{{Effect: iamdoc.Allow, Actions: []string{"s3:GetObject"}, Resources: []string{arn}}}
}

func TestOutputRendersOnceTheARNIsKnown(t *testing.T) {
	// Room for the answer: nothing waits for an output that no resource takes.
	got := make(chan string, 1)
	_, err := componentstest.Run(t, func(_ *pulumi.Context) error {
		iamdoc.Output(pulumi.String("arn:aws:s3:::b/k"), read).ApplyT(func(document string) int {
			got <- document
			return 0
		})
		return nil
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]}`, <-got)
}

func TestOutputCarriesTheDocumentsError(t *testing.T) {
	_, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		ctx.Export("policy", iamdoc.Output(pulumi.String("*"), read))
		return nil
	})
	assert.ErrorContains(t, err, `resource "*" needs a Reason`)
}
