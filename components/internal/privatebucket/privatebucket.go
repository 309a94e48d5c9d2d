// Package privatebucket makes an S3 bucket that only its own account can reach,
// over TLS only, and that keeps earlier versions for a number of days.
package privatebucket

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args describe the bucket. Name and NoncurrentDays are required.
type Args struct {
	// Name is the bucket's name, unique in all of AWS.
	Name string
	// ObjectDays is how long objects are kept, in days; 0 keeps them.
	ObjectDays int
	// GlacierDays is when larger objects move to S3 Glacier Instant Retrieval, in days;
	// 0 leaves them in S3 Standard.
	GlacierDays int
	// NoncurrentDays is how long an overwritten or deleted object can be restored.
	NoncurrentDays int
	// ForceDestroy allows the bucket to be destroyed with objects in it. Without it the
	// bucket is protected: pulumi refuses before it deletes anything.
	ForceDestroy bool
	// KMSKeyArn is the key that objects are encrypted under; nil is a key of S3's.
	KMSKeyArn pulumi.StringPtrInput
	// Statements are added to the bucket's policy.
	Statements iamdoc.Document
	Tags       pulumi.StringMap
}

// Bucket is the bucket with its policy.
type Bucket struct {
	*s3.BucketV2
	Policy *s3.BucketPolicy
}

// New makes the bucket and its settings, each a separate resource, as in the
// aws provider and in S3's API. The options apply to every resource.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (Bucket, error) {
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		Bucket:       pulumi.String(args.Name),
		ForceDestroy: pulumi.Bool(args.ForceDestroy),
		Tags:         args.Tags,
	}, append([]pulumi.ResourceOption{pulumi.Protect(!args.ForceDestroy)}, opts...)...)
	if err != nil {
		return Bucket{}, fmt.Errorf("making the bucket %s: %w", args.Name, err)
	}
	p := &parts{ctx: ctx, name: name, args: args, bucket: bucket, opts: opts}
	for _, step := range []func() error{p.versioning, p.encryption, p.access, p.lifecycle} {
		if err := step(); err != nil {
			return Bucket{}, fmt.Errorf("setting up the bucket %s: %w", args.Name, err)
		}
	}
	return Bucket{bucket, p.policy}, nil
}

// parts registers the settings of one bucket.
type parts struct {
	ctx    *pulumi.Context
	name   string
	args   Args
	bucket *s3.BucketV2
	policy *s3.BucketPolicy
	opts   []pulumi.ResourceOption
}

func (p *parts) versioning() error {
	_, err := s3.NewBucketVersioningV2(p.ctx, p.name, &s3.BucketVersioningV2Args{
		Bucket: p.bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, p.opts...)
	return err
}

// encryption is SSE-S3, or SSE-KMS with a key. S3 then makes a key for the bucket,
// which it asks KMS for rarely, instead of one for each object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func (p *parts) encryption() error {
	rule := &s3.BucketServerSideEncryptionConfigurationV2RuleArgs{}
	byDefault := &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")}
	if p.args.KMSKeyArn != nil {
		byDefault.SseAlgorithm, byDefault.KmsMasterKeyId = pulumi.String("aws:kms"), p.args.KMSKeyArn
		rule.BucketKeyEnabled = pulumi.Bool(true)
	}
	rule.ApplyServerSideEncryptionByDefault = byDefault
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(p.ctx, p.name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: p.bucket.ID(),
		Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{rule},
	}, p.opts...)
	return err
}

// access closes the bucket to the public, to object ACLs and to plain HTTP.
func (p *parts) access() error {
	block, err := s3.NewBucketPublicAccessBlock(p.ctx, p.name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                p.bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, p.opts...)
	if err != nil {
		return err
	}
	if _, err := s3.NewBucketOwnershipControls(p.ctx, p.name, &s3.BucketOwnershipControlsArgs{
		Bucket: p.bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, p.opts...); err != nil {
		return err
	}
	// S3 answers 409 where the policy and the block are set at the same time.
	after := append([]pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{block})}, p.opts...)
	p.policy, err = s3.NewBucketPolicy(p.ctx, p.name, &s3.BucketPolicyArgs{
		Bucket: p.bucket.ID(),
		Policy: iamdoc.Output(func(arns []string) iamdoc.Document {
			return append(iamdoc.Document{iamdoc.TLSOnly("s3:*", arns[0], arns[0]+"/*")}, p.args.Statements...)
		}, iamdoc.ARN{Of: "the bucket " + p.args.Name, Value: p.bucket.Arn}),
	}, after...)
	return err
}

// billedBytes is the size in bytes that S3 Glacier Instant Retrieval bills at least.
// https://aws.amazon.com/s3/storage-classes/glacier/instant-retrieval/
const billedBytes = 128 << 10

func (p *parts) lifecycle() error {
	expire := &s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:     pulumi.String("expire"),
		Status: pulumi.String("Enabled"),
		Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
		NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(p.args.NoncurrentDays),
		},
		AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(1),
		},
	}
	if p.args.ObjectDays > 0 {
		expire.Expiration = &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(p.args.ObjectDays)}
	}
	rules := s3.BucketLifecycleConfigurationV2RuleArray{
		expire,
		// S3 takes no days and delete markers in one rule.
		&s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String("clean-delete-markers"),
			Status: pulumi.String("Enabled"),
			Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
			Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{
				ExpiredObjectDeleteMarker: pulumi.Bool(true),
			},
		},
	}
	if p.args.GlacierDays > 0 {
		rules = append(rules, &s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String("move-larger-to-glacier-ir"),
			Status: pulumi.String("Enabled"),
			Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{ObjectSizeGreaterThan: pulumi.Int(billedBytes - 1)},
			Transitions: s3.BucketLifecycleConfigurationV2RuleTransitionArray{&s3.BucketLifecycleConfigurationV2RuleTransitionArgs{
				Days: pulumi.Int(p.args.GlacierDays), StorageClass: pulumi.String("GLACIER_IR"),
			}},
		})
	}
	_, err := s3.NewBucketLifecycleConfigurationV2(p.ctx, p.name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: p.bucket.ID(), Rules: rules,
	}, p.opts...)
	return err
}
