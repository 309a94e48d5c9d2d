package iamdoc

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Output renders a document about an ARN that is known once its resource is. An
// error of the document becomes the output's.
func Output(arn pulumi.StringInput, document func(arn string) Document) pulumi.StringOutput {
	return arn.ToStringOutput().ApplyT(func(arn string) (string, error) {
		return document(arn).Render()
	}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
}
