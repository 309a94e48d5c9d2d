package iamdoc

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ARN is the ARN of a resource. Of names the resource in errors, as in "the queue
// ingest-prod-emails-queue".
type ARN struct {
	Of    string
	Value pulumi.StringInput
}

// Output renders a document about resources whose ARNs are known once the
// resources exist. The document gets the ARNs in their order here. An error of the
// document becomes the output's; an ARN that is empty, as mocks return it that do
// not know the resource, is an error that names the resource.
func Output(document func(arns []string) Document, arns ...ARN) pulumi.StringOutput {
	values := make(pulumi.StringArray, len(arns))
	for i, arn := range arns {
		values[i] = arn.Value
	}
	return values.ToStringArrayOutput().ApplyT(func(known []string) (string, error) {
		for i, arn := range known {
			if arn == "" {
				return "", fmt.Errorf("iamdoc: the ARN of %s is empty", arns[i].Of)
			}
		}
		return document(known).Render()
	}).(pulumi.StringOutput) //nolint:forcetypeassert // ApplyT returns the output type of what its function returns
}
