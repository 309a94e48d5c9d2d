package dataconfig

import (
	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tlsOnly refuses every call that does not come over TLS.
func tlsOnly(actions string, resources ...string) iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "DenyInsecureTransport", Effect: iamdoc.Deny,
		Principal: iamdoc.Principal{Everyone: true}, Actions: []string{actions}, Resources: resources,
		Conditions: iamdoc.Conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// render makes a document of an ARN that is known when its resource is.
func render(arn pulumi.StringOutput, document func(arn string) iamdoc.Document) pulumi.StringOutput {
	return arn.ApplyT(func(arn string) (string, error) {
		return document(arn).Render()
	}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
}
