package bootstrap_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStateBucket_nameAndLifecycle(t *testing.T) {
	graph := build(t, required())
	assert.Equal(t, "ingest-pulumi-state-eu-west-1-123456789012", graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-state").Plain("bucket"))
	expire := graph.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "ingest-state").Plain("rules").([]any)[0].(map[string]any)
	assert.Equal(t, map[string]any{"noncurrentDays": 30.0}, expire["noncurrentVersionExpiration"])
	assert.NotContains(t, expire, "expiration", "state files do not expire")
}
