package component_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

type sample struct {
	pulumi.ResourceState

	URL      pulumi.StringOutput `pulumi:"url"`
	Internal pulumi.StringOutput
}

func TestOutputs_areTheTaggedFields(t *testing.T) {
	of := &sample{URL: pulumi.String("http://example.com").ToStringOutput(), Internal: pulumi.String("x").ToStringOutput()}
	outputs := component.Outputs(of)
	assert.Len(t, outputs, 1)
	assert.Equal(t, of.URL, outputs["url"])
}
