package compute

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
func TestCheckSize_acceptsPairsOfFargateOnly(t *testing.T) {
	const gb = 1024
	steps := func(from, to, step int) (all []int) {
		for memory := from; memory <= to; memory += step {
			all = append(all, memory*gb)
		}
		return all
	}
	for cpu, valid := range map[int][]int{
		256:   {512, 1 * gb, 2 * gb},
		512:   steps(1, 4, 1),
		1024:  steps(2, 8, 1),
		2048:  steps(4, 16, 1),
		4096:  steps(8, 30, 1),
		8192:  steps(16, 60, 4),
		16384: steps(32, 120, 8),
	} {
		for memory := 256; memory <= 128*gb; memory += 256 {
			err := checkSize("API", cpu, memory)
			if slices.Contains(valid, memory) {
				require.NoError(t, err, "%d %d", cpu, memory)
				continue
			}
			require.ErrorContains(t, err, fmt.Sprintf("API.Memory is %d; allowed is %d", memory, valid[0]), "%d", cpu)
			assert.ErrorContains(t, err, fmt.Sprintf("with API.CPU at %d", cpu))
		}
	}
}
