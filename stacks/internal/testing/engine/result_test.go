package engine

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, name string) *Result {
	t.Helper()
	events, err := readEvents(filepath.Join("testdata", name))
	require.NoError(t, err)
	return &Result{Events: events}
}

func said(steps []Step) []string {
	all := make([]string, 0, len(steps))
	for _, step := range steps {
		all = append(all, step.String())
	}
	return all
}

func TestResult_replacement_isThreeStepsAndOneChange(t *testing.T) {
	result := read(t, "replace.ndjson")
	assert.Equal(t, []string{
		"create-replacement aws:ecs/taskDefinition:TaskDefinition task [containerDefinitions]",
		"replace aws:ecs/taskDefinition:TaskDefinition task [containerDefinitions]",
		"delete-replaced aws:ecs/taskDefinition:TaskDefinition task [containerDefinitions]",
	}, said(result.Steps()))
	assert.Equal(t, map[string]int{"replace": 1}, result.Changes())
}

func TestResult_refresh_hasAStepForEachChange(t *testing.T) {
	result := read(t, "refresh.ndjson")
	assert.Equal(t, []string{"update aws:s3/bucketV2:BucketV2 changed [tags]"}, said(result.Steps()))
	assert.Equal(t, map[string]int{"update": 1}, result.Changes())
}

func TestResult_nothingDone_hasNoEvents(t *testing.T) {
	result := read(t, "none.ndjson")
	assert.Empty(t, result.Steps())
	assert.Empty(t, result.Changes())
}
