package privatebucket_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/internal/privatebucket"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNew_bucketIsPrivateAndVersioned(t *testing.T) {
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := privatebucket.New(ctx, "b", privatebucket.Args{Name: "bucket", NoncurrentDays: 30})
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"status": "Enabled"}, // outside FSBP: S3.14
		graph.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "b").Plain("versioningConfiguration"))
	assert.Equal(t, []any{map[string]any{"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"}}},
		graph.One(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "b").Plain("rules"))
	block := graph.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b")
	for _, setting := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		assert.Equal(t, true, block.Plain(setting), "FSBP S3.2, S3.3, S3.8: %s", setting)
	}
	assert.Equal(t, map[string]any{"objectOwnership": "BucketOwnerEnforced"}, // FSBP S3.12
		graph.One(t, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "b").Plain("rule"))
	policy := graph.One(t, "aws:s3/bucketPolicy:BucketPolicy", "b")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*",
		"Resource":["arn:mock:b:aws:s3/bucketV2:BucketV2","arn:mock:b:aws:s3/bucketV2:BucketV2/*"],
		"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, // FSBP S3.5, S3.6: it only denies
		policy.Plain("policy").(string))
	assert.True(t, policy.WaitsFor(block), "S3 answers 409 where both are set at the same time")
	assert.Equal(t, []any{ // FSBP S3.13
		map[string]any{
			"id": "expire", "status": "Enabled", "filter": map[string]any{},
			"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": 30.0},
			"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 1.0},
		},
		map[string]any{
			"id": "clean-delete-markers", "status": "Enabled", "filter": map[string]any{},
			"expiration": map[string]any{"expiredObjectDeleteMarker": true},
		},
	}, graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "b").Plain("rules"))
}
