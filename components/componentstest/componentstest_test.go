package componentstest_test

import (
	"errors"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	component = "test:index:Component"
	queueType = "aws:sqs/queue:Queue"
)

// family registers a component with a child, and an orphan that waits for it.
func family(ctx *pulumi.Context) error {
	parent := &pulumi.ResourceState{}
	if err := ctx.RegisterComponentResource(component, "parent", parent); err != nil {
		return err
	}
	child, err := sqs.NewQueue(ctx, "child", &sqs.QueueArgs{Tags: pulumi.StringMap{"Owner": pulumi.String("me")}}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	_, err = sqs.NewQueue(ctx, "orphan", nil, pulumi.DependsOn([]pulumi.Resource{child}))
	return err
}

// failures is a testing.TB that records failures.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, format)
	f.Logf("expected failure: "+format, args...)
}

func TestAssertDescent_orphan_fails(t *testing.T) {
	graph, err := componentstest.Run(t, family)
	require.NoError(t, err)
	failing := &failures{TB: t}
	graph.AssertDescent(failing, component)
	assert.Len(t, failing.said, 1, "the parent of an orphan is the stack")
}

func TestAssertNames_duplicateName_fails(t *testing.T) {
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		return errors.Join(family(ctx), family(ctx))
	})
	require.NoError(t, err)
	failing := &failures{TB: t}
	graph.AssertNames(failing)
	assert.Len(t, failing.said, 3)
}

func TestAssertTags_missingTag_fails(t *testing.T) {
	graph, err := componentstest.Run(t, family)
	require.NoError(t, err)
	failing := &failures{TB: t}
	graph.AssertTags(failing, map[string]string{"Owner": "me"}, queueType)
	assert.Len(t, failing.said, 1)
}

func TestRun_recordsResourcesAndDependencies(t *testing.T) {
	graph, err := componentstest.Run(t, family)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{component: 1, queueType: 2}, graph.Types())
	child, orphan := graph.One(t, queueType, "child"), graph.One(t, queueType, "orphan")
	assert.True(t, orphan.WaitsFor(child))
	assert.False(t, child.WaitsFor(orphan))
}

func TestPreview_knowsInputsOnly(t *testing.T) {
	known := map[string]bool{}
	program := func(ctx *pulumi.Context) error {
		queue, err := sqs.NewQueue(ctx, "queue", &sqs.QueueArgs{Name: pulumi.String("given")})
		if err != nil {
			return err
		}
		queue.Name.ApplyT(func(string) int { known["name"] = true; return 0 })
		queue.Url.ApplyT(func(string) int { known["url"] = true; return 0 })
		return nil
	}
	require.NoError(t, (&componentstest.Graph{}).Preview(t, program))
	assert.Equal(t, map[string]bool{"name": true}, known)
}

func TestCall_unknownFunction_isAnError(t *testing.T) {
	_, err := (&componentstest.Graph{}).Call(pulumi.MockCallArgs{Token: "aws:index/getPartition:getPartition"})
	assert.ErrorContains(t, err, "aws:index/getPartition:getPartition")
}
