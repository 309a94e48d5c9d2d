package bootstrap_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStateBucket_settings(t *testing.T) {
	graph := build(t, required())
	bucket := graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-state")
	assert.Equal(t, "ingest-pulumi-state-eu-west-1-123456789012", bucket.Plain("bucket"))
	assert.Equal(t, map[string]any{"status": "Enabled"}, // Security Hub S3.14
		graph.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "ingest-state").Plain("versioningConfiguration"))
	assert.Equal(t, []any{map[string]any{"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"}}},
		graph.One(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "ingest-state").Plain("rules"))
	block := graph.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "ingest-state")
	for _, setting := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		assert.Equal(t, true, block.Plain(setting), "FSBP S3.2, S3.3, S3.8: %s", setting)
	}
	assert.Equal(t, map[string]any{"objectOwnership": "BucketOwnerEnforced"}, // FSBP S3.12
		graph.One(t, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "ingest-state").Plain("rule"))
	assert.Equal(t, []any{map[string]any{ // FSBP S3.13
		"id": "expire", "status": "Enabled", "filter": map[string]any{},
		"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": 30.0},
		"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 1.0},
	}, map[string]any{
		"id": "clean-delete-markers", "status": "Enabled", "filter": map[string]any{},
		"expiration": map[string]any{"expiredObjectDeleteMarker": true},
	}}, graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "ingest-state").Plain("rules"))
}

func TestStateBucket_isReachedOverTLSOnly(t *testing.T) {
	policy := build(t, required()).One(t, "aws:s3/bucketPolicy:BucketPolicy", "ingest-state").Plain("policy").(string)
	// FSBP S3.5, and S3.6: it grants no access.
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*",
		"Resource":["arn:mock:ingest-state:aws:s3/bucketV2:BucketV2","arn:mock:ingest-state:aws:s3/bucketV2:BucketV2/*"],
		"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, policy)
}
