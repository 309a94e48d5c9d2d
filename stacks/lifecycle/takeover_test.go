package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	queueType     = "aws:sqs/queue:Queue"
	parameterType = "aws:ssm/parameter:Parameter"
)

// holders are the types that hold data: what a takeover must neither make again
// nor delete. All others are settings of these, and the alarm.
var holders = []string{bucketType, queueType, parameterType}

// taskRoles are the types of the roles of tasks and of their policies, which in
// Terraform are the compute layer's, under other names.
var taskRoles = []string{
	"aws:iam/role:Role", "aws:iam/role:Role", "aws:iam/role:Role",
	"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicy:RolePolicy",
	inlineOnlyType, inlineOnlyType, inlineOnlyType,
	attachedOnlyType, attachedOnlyType, attachedOnlyType,
}

// importFile is what `pulumi import --file` reads, as far as it is used here.
type importFile struct {
	Resources []importEntry `json:"resources"`
}

type importEntry struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	LogicalName string `json:"logicalName,omitempty"`
	ID          string `json:"id,omitempty"`
	Parent      string `json:"parent,omitempty"`
	Component   bool   `json:"component,omitempty"`
	Version     string `json:"version,omitempty"`
}

// A deployment of this very layer, forgotten by Pulumi, stands for Terraform's:
// the resources are the original's, under the original's names.
func TestTakeover_ofTerraform_followsTheDocuments(t *testing.T) {
	t.Parallel()
	t.Run("all of it is there", func(t *testing.T) {
		t.Parallel()
		a, before := terraformed(t, "ingest")
		command := prepare(t, a, "ingest")
		there := a.aws.Resources("")
		a.Run("sh", "-c", command).Succeeds(t)
		assert.Equal(t, there, a.aws.Resources(""), "an import changes nothing in AWS")
		assert.Contains(t, a.Run("sh", "-c", command).Succeeds(t).Text(), "18 unchanged", "it can be run again")

		assert.ElementsMatch(t, taskRoles, madeBy(t, a))
		tookOver(t, a, before)
	})
	t.Run("under another name, without what the original did not have", func(t *testing.T) {
		t.Parallel()
		a, before := terraformed(t, "mail")
		var settings, ids []string
		for _, r := range a.aws.Resources("") {
			if !slices.Contains(holders, r.Type) {
				require.NoError(t, a.aws.Remove(r.Type, r.ID))
				settings, ids = append(settings, r.Type), append(ids, r.ID)
			}
		}
		require.Len(t, settings, 12)
		command := prepare(t, a, "mail")
		refused := a.Run("sh", "-c", command).Fails(t)
		for _, id := range ids {
			assert.Contains(t, refused.Text(), "resource '"+id+"' does not exist")
		}
		assert.Empty(t, a.data.Resources(), "and nothing is imported")
		keepHolders(t, a)
		a.Run("sh", "-c", command).Succeeds(t)

		assert.ElementsMatch(t, append(settings, taskRoles...), madeBy(t, a))
		tookOver(t, a, before)
	})
}

// terraformed is an account in which Terraform has the data layer, and a workspace
// that knows nothing of it.
func terraformed(t *testing.T, project string) (a *account, held []fakecloud.Resource) {
	t.Helper()
	a = open(t)
	a.data.Init()
	a.data.Config("project", project)
	a.data.Up().Succeeds(t)
	a.data.Pulumi("stack", "rm", environment, "--force", "--yes", "--preserve-config").Succeeds(t)
	for _, kind := range slices.Compact(slices.Sorted(slices.Values(taskRoles))) {
		for _, r := range a.aws.Resources(kind) {
			require.NoError(t, a.aws.Remove(r.Type, r.ID))
		}
	}
	require.NoError(t, a.aws.SetParameter("/"+project+"/prod/token", secretToken))
	for _, r := range holding(a) {
		tags := map[string]any{"ManagedBy": "Terraform", "Project": project}
		require.NoError(t, a.aws.Change(r.Type, r.ID, "tags", tags))
		if r.Type == parameterType {
			require.NoError(t, a.aws.Change(r.Type, r.ID, "description", "The original's"))
		}
	}
	return a, holding(a)
}

// holding are the resources that hold data.
func holding(a *account) []fakecloud.Resource {
	var held []fakecloud.Resource
	for _, kind := range holders {
		held = append(held, a.aws.Resources(kind)...)
	}
	return held
}

// prepare writes the file for a project, as the page says, and returns the page's
// command that imports it.
func prepare(t *testing.T, a *account, project string) string {
	t.Helper()
	a.data.Init()
	names := fmt.Sprintf("project=%s env=%s region=us-east-1 account=%s\n", project, environment, fakecloud.Account)
	a.Run("sh", "-c", names+documented(t, a, "docs/takeover.md", "sed ")).Succeeds(t)
	return names + documented(t, a, "docs/takeover.md", "pulumi -C stacks/data-config import ") + " --yes --non-interactive"
}

// keepHolders takes everything out of the file but what has to stay.
func keepHolders(t *testing.T, a *account) {
	t.Helper()
	var file importFile
	require.NoError(t, json.Unmarshal([]byte(a.read(t, "takeover.json")), &file))
	for _, entry := range file.Resources[:5] {
		assert.True(t, entry.Component || slices.Contains(holders, entry.Type), "%s is not a setting", entry.Name)
	}
	file.Resources = file.Resources[:5]
	content, err := json.Marshal(file)
	require.NoError(t, err)
	a.write(t, "takeover.json", string(content))
}

// madeBy previews what the page allows: changes of tags, and new settings,
// whose types it returns. A provider of another version than the program's is
// among neither, so the versions in the page's file are held by this, too.
func madeBy(t *testing.T, a *account) []string {
	t.Helper()
	var made []string
	for _, step := range a.data.Preview().Succeeds(t).Steps() {
		if step.Op == "create" {
			made = append(made, step.Type)
			continue
		}
		assert.Equal(t, "update", step.Op, "%s", step)
		assert.Subset(t, []string{"tags"}, step.Diffs, "%s", step)
	}
	return made
}

// tookOver deploys, and holds what is there then to what was there before.
func tookOver(t *testing.T, a *account, before []fakecloud.Resource) {
	t.Helper()
	a.data.Up().Succeeds(t)
	after := holding(a)
	require.Len(t, after, len(before))
	for i := range before {
		assert.Equal(t, before[i].ID, after[i].ID)
		was, is := maps.Clone(before[i].Attributes), maps.Clone(after[i].Attributes)
		for _, tags := range []string{"tags", "tagsAll"} {
			delete(was, tags)
			delete(is, tags)
		}
		assert.Equal(t, was, is, "nothing but the tags of %s", before[i].ID)
		if before[i].Type == parameterType {
			assert.Equal(t, secretToken, is["value"])
		}
	}
	assert.Empty(t, a.Contains(secretToken), "the state holds the token as text")
	unchanged(t, a.data)
	for _, r := range a.data.Resources() {
		assert.Equal(t, slices.Contains(holders, r.Type), r.Protect, r.URN)
	}
}

// documented is the command of a page that begins so.
func documented(t *testing.T, a *account, page, begins string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^ {4}(`+regexp.QuoteMeta(begins)+`.*)$`).FindAllStringSubmatch(a.original(t, page), -1)
	require.Len(t, found, 1, "%s has one command that begins with %s", page, begins)
	return strings.TrimSpace(found[0][1])
}
