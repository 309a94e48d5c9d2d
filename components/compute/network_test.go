package compute

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnePerZone_choosesTheFirstOfEachZone(t *testing.T) {
	zones := map[string]string{"subnet-1": "use1-az6", "subnet-2": "use1-az2", "subnet-3": "use1-az2", "subnet-4": "use1-az1"}
	for count, want := range map[int][]string{2: {"subnet-4", "subnet-2"}, 3: {"subnet-4", "subnet-2", "subnet-1"}} {
		for range 10 {
			got, err := onePerZone(zones, count, "us-east-1")
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
	}
	_, err := onePerZone(zones, 4, "us-east-1")
	assert.ErrorContains(t, err, "the default VPC has the public subnets [subnet-1 subnet-2 subnet-3 subnet-4], in 3 zones; zones is 4")
}
