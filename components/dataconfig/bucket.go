package dataconfig

import "github.com/ingest-iac/ingest/components/internal/privatebucket"

func (b *builder) bucketName() string {
	return b.names.Named(b.args.Region, "payload", b.args.AccountID)
}

// bucket makes the payload bucket.
func (b *builder) bucket(out *DataConfig) error {
	bucket, err := privatebucket.New(b.Ctx, b.names.Named("payload"), privatebucket.Args{
		Name:           b.bucketName(),
		ObjectDays:     b.args.PayloadObjectExpirationDays,
		GlacierDays:    b.args.PayloadGlacierIRDays,
		NoncurrentDays: b.args.PayloadNoncurrentVersionExpirationDays,
		ForceDestroy:   b.args.PayloadForceDestroy,
		KMSKeyArn:      b.encryption,
		Tags:           b.Tags,
	}, b.Child()...)
	if err != nil {
		return err
	}
	out.PayloadBucketName, out.PayloadBucketArn = bucket.Bucket, bucket.Arn
	return nil
}
