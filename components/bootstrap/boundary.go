package bootstrap

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// boundaryDocument is the most that a role of an environment can ever do: what
// api, worker and the agent that starts them do together. cd may give such roles
// any policy, so this is what holds it.
func (s scope) boundaryDocument() iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "Token", Effect: iamdoc.Allow,
			Actions: []string{"ssm:GetParameter"}, Resources: s.tokens(),
		},
		{
			Sid: "TokenDecryption", Effect: iamdoc.Allow,
			Actions: []string{"kms:Decrypt"}, Resources: []string{s.regional("kms", "key/*")},
			Reason: "which key the parameter is under is SSM's or the operator's choice; the conditions leave this one parameter's value",
			Conditions: iamdoc.Conditions{"StringEquals": {
				"kms:ViaService":                      {"ssm." + s.region + ".amazonaws.com"},
				"kms:EncryptionContext:PARAMETER_ARN": s.tokens(),
			}},
		},
		{
			Sid: "Queue", Effect: iamdoc.Allow,
			Actions: []string{
				"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
				"sqs:GetQueueAttributes", "sqs:GetQueueUrl",
			},
			Resources: s.queues(),
		},
		{
			Sid: "Payloads", Effect: iamdoc.Allow,
			Actions: []string{"s3:PutObject"},
			Resources: s.each(func(e naming.Environment) []string {
				return []string{s.bucket(s.payloadBucket(e) + "/emails/*/" + e.Name + "/*")}
			}),
		},
		{
			Sid: "Images", Effect: iamdoc.Allow,
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: s.repositories(),
		},
		registryLogin(),
		{
			Sid: "Logs", Effect: iamdoc.Allow,
			Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: s.logGroups(),
		},
	}
}

// registryLogin is the password for docker, which ECR gives for all that the
// caller may reach.
func registryLogin() iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "RegistryLogin", Effect: iamdoc.Allow,
		Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
		Reason: "the call takes no resource",
	}
}

func (b *builder) boundary(_ *Bootstrap) error {
	document, err := b.scope.boundaryDocument().Render()
	if err != nil {
		return fmt.Errorf("writing the permissions boundary: %w", err)
	}
	if _, err := iam.NewPolicy(b.ctx, naming.Boundary(b.args.Project), &iam.PolicyArgs{
		Name:        pulumi.String(naming.Boundary(b.args.Project)),
		Description: pulumi.String("The most that a role of an environment of " + b.args.Project + " can do"),
		Policy:      pulumi.String(document),
		Tags:        b.tags(),
	}, b.child()...); err != nil {
		return fmt.Errorf("making the permissions boundary: %w", err)
	}
	return nil
}
