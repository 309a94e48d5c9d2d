package lifecycle

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	roleType = "aws:iam/role:Role"

	inData    = "urn:pulumi:prod::ingest-data-config::ingest:dataconfig:DataConfig"
	inCompute = "urn:pulumi:prod::ingest-compute::ingest:compute:Compute"
)

func TestUpgrade_rolesMoveFromComputeToDataConfig(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.deploy(t)
	putRolesIntoCompute(t, a)
	before := a.aws.Resources(roleType)
	taken := a.data.Up().Fails(t)
	assert.Contains(t, taken.Text(), "EntityAlreadyExists")

	move := []string{documented(t, a, "docs/upgrading.md", "compute="), documented(t, a, "docs/upgrading.md", "pulumi state move ")}
	a.Run("sh", "-c", strings.Join(move, "\n")).Succeeds(t)
	for _, begins := range []string{"pulumi -C stacks/data-config stack export", "pulumi -C stacks/data-config stack import"} {
		a.Run("sh", "-c", documented(t, a, "docs/upgrading.md", begins)).Succeeds(t)
	}
	a.aws.Forget()
	a.data.Up().Succeeds(t)
	a.compute.Up().Succeeds(t)
	for _, call := range a.aws.Calls(fakecloud.Create, fakecloud.Delete) {
		assert.Contains(t, []string{inlineOnlyType, attachedOnlyType}, call.Type, "%s", call)
	}
	assert.Equal(t, before, a.aws.Resources(roleType))
	unchanged(t, a.data)
	unchanged(t, a.compute)
}

// deployment is a state as it is exported.
type deployment map[string]any

func exported(t *testing.T, layer *engine.Project) (whole, inner deployment) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(layer.Export()), &whole))
	return whole, whole["deployment"].(map[string]any)
}

// putRolesIntoCompute writes the states of a deployment in which compute has the
// roles, and the resources that use them wait for them.
func putRolesIntoCompute(t *testing.T, a *account) {
	t.Helper()
	data, dataInner := exported(t, a.data)
	compute, computeInner := exported(t, a.compute)
	var roles, stay []any
	var urns []any
	for _, resource := range dataInner["resources"].([]any) {
		r := resource.(map[string]any)
		switch r["type"] {
		case inlineOnlyType, attachedOnlyType:
		case roleType, inlineType:
			moved := maps.Clone(r)
			moved["urn"] = strings.Replace(r["urn"].(string), inData, inCompute, 1)
			moved["parent"] = inCompute + "::compute"
			moved["dependencies"], moved["propertyDependencies"] = nil, nil
			roles, urns = append(roles, moved), append(urns, moved["urn"])
		default:
			stay = append(stay, r)
		}
	}
	require.Len(t, roles, 6)
	dataInner["resources"] = stay

	all := computeInner["resources"].([]any)
	first := slices.IndexFunc(all, func(r any) bool { return r.(map[string]any)["type"] == "aws:ecs/taskDefinition:TaskDefinition" })
	for _, resource := range all {
		r := resource.(map[string]any)
		if kind := r["type"].(string); strings.HasPrefix(kind, "aws:ecs/taskDefinition") || strings.HasPrefix(kind, "aws:ecs/service") {
			others, _ := r["dependencies"].([]any)
			r["dependencies"] = append(others, urns...)
		}
	}
	for _, role := range roles {
		role.(map[string]any)["provider"] = all[first].(map[string]any)["provider"]
	}
	computeInner["resources"] = slices.Insert(all, first, roles...)
	for layer, state := range map[*engine.Project]deployment{a.data: data, a.compute: compute} {
		content, err := json.Marshal(state)
		require.NoError(t, err)
		a.write(t, "state.json", string(content))
		layer.Pulumi("stack", "import", "--file", a.Dir+"/state.json").Succeeds(t)
	}
}
