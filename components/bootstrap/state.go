package bootstrap

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// noncurrentDays is how long an earlier version of a state file can be brought
// back.
const noncurrentDays = 30

// stateBucket makes the bucket that Pulumi keeps state in. It needs no table for
// locks: Pulumi's are objects beside the state.
func (b *builder) stateBucket(out *Bootstrap) error {
	bucket, err := s3.NewBucketV2(b.ctx, b.named("state"), &s3.BucketV2Args{
		Bucket: pulumi.String(b.scope.stateBucket()),
		// Versions stay behind even where the state has moved away.
		ForceDestroy: pulumi.Bool(!*b.args.ProtectState),
		Tags:         b.tags(),
	}, b.child(pulumi.Protect(*b.args.ProtectState))...)
	if err != nil {
		return fmt.Errorf("making the state bucket: %w", err)
	}
	out.StateBucketName = bucket.Bucket
	out.StateBackendUrl = pulumi.Sprintf("s3://%s?region=%s", bucket.Bucket, b.args.Region)
	for _, step := range []func(*s3.BucketV2) error{
		b.versioning, b.encryption, b.privacy, b.lifecycle,
	} {
		if err := step(bucket); err != nil {
			return fmt.Errorf("setting up the state bucket: %w", err)
		}
	}
	return nil
}

func (b *builder) versioning(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketVersioningV2(b.ctx, b.named("state"), &s3.BucketVersioningV2Args{
		Bucket: bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, b.child()...)
	return err
}

// encryption is SSE-S3: what is secret in a state file is already encrypted under
// the key, by Pulumi.
func (b *builder) encryption(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, b.named("state"), &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
			&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
				ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
					SseAlgorithm: pulumi.String("AES256"),
				},
			},
		},
	}, b.child()...)
	return err
}

// privacy closes the bucket to the public, to object ACLs and to plain HTTP.
func (b *builder) privacy(bucket *s3.BucketV2) error {
	block, err := s3.NewBucketPublicAccessBlock(b.ctx, b.named("state"), &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.child()...)
	if err != nil {
		return err
	}
	if _, err := s3.NewBucketOwnershipControls(b.ctx, b.named("state"), &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.child()...); err != nil {
		return err
	}
	// S3 answers 409 where the policy and the block are set at the same time.
	_, err = s3.NewBucketPolicy(b.ctx, b.named("state"), &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: iamdoc.Output(bucket.Arn, func(arn string) iamdoc.Document {
			return iamdoc.Document{iamdoc.TLSOnly("s3:*", arn, arn+"/*")}
		}),
	}, b.child(pulumi.DependsOn([]pulumi.Resource{block}))...)
	return err
}

func (b *builder) lifecycle(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketLifecycleConfigurationV2(b.ctx, b.named("state"), &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{
			&s3.BucketLifecycleConfigurationV2RuleArgs{
				Id:     pulumi.String("expire-noncurrent"),
				Status: pulumi.String("Enabled"),
				Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
				Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{
					ExpiredObjectDeleteMarker: pulumi.Bool(true),
				},
				NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
					NoncurrentDays: pulumi.Int(noncurrentDays),
				},
				AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
					DaysAfterInitiation: pulumi.Int(1),
				},
			},
		},
	}, b.child()...)
	return err
}
