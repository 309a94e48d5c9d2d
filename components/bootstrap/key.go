package bootstrap

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deletionDays is how long a key that was destroyed can still be brought back:
// the longest that KMS allows, since without it no secret can be read again.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const deletionDays = 30

// key makes the key that Pulumi encrypts secrets under.
func (b *builder) key(out *Bootstrap) error {
	policy, err := iamdoc.Document{iamdoc.AccountUsesKey(b.scope.global("root"))}.Render()
	if err != nil {
		return fmt.Errorf("writing the key's policy: %w", err)
	}
	key, err := kms.NewKey(b.Ctx, b.named("state"), &kms.KeyArgs{
		Description:          pulumi.String("Encrypts the secrets in Pulumi state and configuration of " + b.args.Project),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Policy:               pulumi.String(policy),
		Tags:                 b.Tags,
	}, b.Child(pulumi.Protect(*b.args.ProtectState))...)
	if err != nil {
		return fmt.Errorf("making the key: %w", err)
	}
	alias, err := kms.NewAlias(b.Ctx, b.named("state"), &kms.AliasArgs{
		Name:        pulumi.String("alias/" + b.scope.alias()),
		TargetKeyId: key.KeyId,
	}, b.Child()...)
	if err != nil {
		return fmt.Errorf("making the key's alias: %w", err)
	}
	b.keyArn = key.Arn
	// By its alias: Pulumi cannot parse awskms://arn:….
	out.SecretsProvider = pulumi.Sprintf("awskms://%s?region=%s", alias.Name, b.args.Region)
	return nil
}
