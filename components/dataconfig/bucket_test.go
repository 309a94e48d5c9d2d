package dataconfig_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGlacier_largerObjects_moveAfterTheirDays(t *testing.T) {
	args := required()
	args.PayloadGlacierIRDays, args.PayloadObjectExpirationDays = 30, 365
	rules := build(t, args).One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "ingest-prod-payload").Plain("rules").([]any)
	require.Len(t, rules, 3)
	assert.Equal(t, map[string]any{ // without a prefix, it holds for objects of idempotency keys, too
		"id": "move-larger-to-glacier-ir", "status": "Enabled", "filter": map[string]any{"objectSizeGreaterThan": 131071.0},
		"transitions": []any{map[string]any{"days": 30.0, "storageClass": "GLACIER_IR"}},
	}, rules[2])
}

func TestGlacier_lessThanTheDaysItBills_isRefused(t *testing.T) {
	for _, c := range []struct {
		glacier, objects, noncurrent int
		allowed                      bool
	}{
		{0, 30, 30, true}, {1, 30, 60, false}, {1, 31, 60, true}, {30, 90, 30, true}, {31, 90, 30, false}, {90, 90, 365, false}, {89, 90, 365, true},
	} {
		args := required()
		args.PayloadGlacierIRDays, args.PayloadObjectExpirationDays, args.PayloadNoncurrentVersionExpirationDays = c.glacier, c.objects, c.noncurrent
		if err := args.Validate(); c.allowed {
			require.NoError(t, err, c)
		} else {
			require.ErrorContains(t, err, "PayloadGlacierIRDays is", c)
		}
	}
}
