package bootstrap

import (
	"github.com/ingest-iac/ingest/components/internal/privatebucket"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// noncurrentDays is how long an earlier version of a state file can be brought
// back.
const noncurrentDays = 30

// stateBucket makes the bucket that Pulumi keeps state in. It needs no table for
// locks: Pulumi's locks are objects next to the state.
func (b *builder) stateBucket(out *Bootstrap) error {
	bucket, err := privatebucket.New(b.Ctx, b.named("state"), privatebucket.Args{
		Name:           b.scope.stateBucket(),
		NoncurrentDays: noncurrentDays,
		// Versions stay behind even where the state has moved away.
		ForceDestroy: !*b.args.ProtectState,
		Tags:         b.Tags,
	}, b.Child()...)
	if err != nil {
		return err
	}
	out.StateBucketName = bucket.Bucket
	out.StateBackendURL = pulumi.Sprintf("s3://%s?region=%s", bucket.Bucket, b.args.Region)
	return nil
}
