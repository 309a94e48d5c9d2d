package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deletionDays is how long KMS keeps a key that was destroyed: the longest that it
// allows, since nothing under the key can be read without it.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const deletionDays = 30

// Calls of KMS.
const (
	decrypt         = "kms:Decrypt"
	generateDataKey = "kms:GenerateDataKey"
)

// key makes the environment's own key, if it has one.
func (b *builder) key(out *DataConfig) error {
	out.KMSKeyArn = pulumi.String("").ToStringOutput()
	if !b.args.CustomerManagedKey {
		return nil
	}
	policy, err := b.keyPolicy().Render()
	if err != nil {
		return fmt.Errorf("writing the key's policy: %w", err)
	}
	key, err := kms.NewKey(b.Ctx, b.names.Named("data"), &kms.KeyArgs{
		Description:          pulumi.String("Encrypts the payloads, messages, token and logs of " + b.names.Prefix()),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Policy:               pulumi.String(policy),
		Tags:                 b.Tags,
	}, b.Child(pulumi.Protect(!b.args.PayloadForceDestroy))...)
	if err != nil {
		return fmt.Errorf("making the key: %w", err)
	}
	if _, err := kms.NewAlias(b.Ctx, b.names.Named("data"), &kms.AliasArgs{
		Name: pulumi.String("alias/" + b.names.Prefix()), TargetKeyId: key.KeyId,
	}, b.Child()...); err != nil {
		return fmt.Errorf("making the key's alias: %w", err)
	}
	out.KMSKeyArn = key.Arn
	b.keys = []iamdoc.ARN{{Of: "the key " + b.names.Named("data"), Value: key.Arn}}
	return nil
}

// keyPolicy leaves to IAM's policies who may use the key, and allows the two services
// that use it for themselves: alarms, which publish to the topic, and logs.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func (b *builder) keyPolicy() iamdoc.Document {
	return iamdoc.Document{
		iamdoc.AccountUsesKey(fmt.Sprintf("arn:%s:iam::%s:root", naming.Partition(b.args.Region), b.args.AccountID)),
		{
			Sid: "AllowAlarms", Effect: iamdoc.Allow,
			Principal: iamdoc.Principal{Services: []string{"cloudwatch.amazonaws.com"}},
			Actions:   []string{decrypt, generateDataKey + "*"}, Resources: []string{"*"}, Reason: iamdoc.ItsKey,
			Conditions: iamdoc.FromAccount(b.args.AccountID, b.alarms()),
		},
		{
			Sid: "AllowLogs", Effect: iamdoc.Allow,
			Principal: iamdoc.Principal{Services: []string{fmt.Sprintf("logs.%s.amazonaws.com", b.args.Region)}},
			Actions:   []string{decrypt + "*", "kms:Describe*", "kms:Encrypt*", generateDataKey + "*", "kms:ReEncrypt*"},
			Resources: []string{"*"}, Reason: iamdoc.ItsKey,
			Conditions: iamdoc.Conditions{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {b.arn("logs", "log-group:"+b.names.LogGroup("*"))}}},
		},
	}
}

// withKey adds to a policy the use of the key, if there is one, in calls that a
// service makes for the caller.
func (b *builder) withKey(document iamdoc.Document, keys []string, uses ...keyUse) iamdoc.Document {
	if len(keys) == 0 {
		return document
	}
	for _, use := range uses {
		document = append(document, iamdoc.Statement{
			Sid: use.sid, Effect: iamdoc.Allow, Actions: use.actions, Resources: keys,
			Conditions: iamdoc.Conditions{"StringEquals": {"kms:ViaService": {fmt.Sprintf("%s.%s.amazonaws.com", use.service, b.args.Region)}}},
		})
	}
	return document
}

// keyUse is what a service does with the key for the caller.
type keyUse struct {
	sid, service string
	actions      []string
}
