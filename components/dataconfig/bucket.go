package dataconfig

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (b *builder) bucketName() string {
	return b.names.Named(b.args.Region, "payload", b.args.AccountID)
}

// bucket makes the payload bucket. Its settings are resources of their own, as
// the aws provider has them since S3's API has.
func (b *builder) bucket(out *DataConfig) error {
	bucket, err := s3.NewBucketV2(b.ctx, b.names.Named("payload"), &s3.BucketV2Args{
		Bucket:       pulumi.String(b.bucketName()),
		ForceDestroy: pulumi.Bool(b.args.PayloadForceDestroy),
		Tags:         b.tags(),
	}, b.child()...)
	if err != nil {
		return fmt.Errorf("making the payload bucket: %w", err)
	}
	out.PayloadBucketName, out.PayloadBucketArn = bucket.Bucket, bucket.Arn
	for _, step := range []func(*s3.BucketV2) error{
		b.versioning, b.encryption, b.privacy, b.lifecycle,
	} {
		if err := step(bucket); err != nil {
			return fmt.Errorf("setting up the payload bucket: %w", err)
		}
	}
	return nil
}

func (b *builder) versioning(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketVersioningV2(b.ctx, b.names.Named("payload"), &s3.BucketVersioningV2Args{
		Bucket: bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, b.child()...)
	return err
}

func (b *builder) encryption(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, b.names.Named("payload"), &s3.BucketServerSideEncryptionConfigurationV2Args{
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
	block, err := s3.NewBucketPublicAccessBlock(b.ctx, b.names.Named("payload"), &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.child()...)
	if err != nil {
		return err
	}
	if _, err := s3.NewBucketOwnershipControls(b.ctx, b.names.Named("payload"), &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.child()...); err != nil {
		return err
	}
	// S3 answers 409 where the policy and the block are set at the same time.
	_, err = s3.NewBucketPolicy(b.ctx, b.names.Named("payload"), &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: iamdoc.Output(bucket.Arn, func(arn string) iamdoc.Document {
			return iamdoc.Document{iamdoc.TLSOnly("s3:*", arn, arn+"/*")}
		}),
	}, b.child(pulumi.DependsOn([]pulumi.Resource{block}))...)
	return err
}

func (b *builder) lifecycle(bucket *s3.BucketV2) error {
	_, err := s3.NewBucketLifecycleConfigurationV2(b.ctx, b.names.Named("payload"), &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{
			&s3.BucketLifecycleConfigurationV2RuleArgs{
				Id:     pulumi.String("expire"),
				Status: pulumi.String("Enabled"),
				Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
				Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{
					Days: pulumi.Int(b.args.PayloadObjectExpirationDays),
				},
				NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
					NoncurrentDays: pulumi.Int(b.args.PayloadNoncurrentVersionExpirationDays),
				},
				AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
					DaysAfterInitiation: pulumi.Int(1),
				},
			},
			// S3 takes no days and delete markers in one rule.
			&s3.BucketLifecycleConfigurationV2RuleArgs{
				Id:     pulumi.String("clean-delete-markers"),
				Status: pulumi.String("Enabled"),
				Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
				Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{
					ExpiredObjectDeleteMarker: pulumi.Bool(true),
				},
			},
		},
	}, b.child()...)
	return err
}
