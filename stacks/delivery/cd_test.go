package delivery

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ciRun is the event that GitHub sends when a run of ci ends, as CD's conditions
// see it.
type ciRun struct {
	conclusion, event, branch, repository string
}

func (r ciRun) contexts(variables map[string]any) map[string]any {
	run := map[string]any{
		"conclusion": r.conclusion, "event": r.event, "head_branch": r.branch, "head_sha": "0123456",
		"head_repository": map[string]any{"full_name": r.repository},
	}
	if r.repository == "" {
		run["head_repository"] = nil // the fork was deleted meanwhile
	}
	return map[string]any{
		"github": map[string]any{
			"event_name": "workflow_run", "repository": "acme/ingest",
			// workflow_run always runs on the default branch, whatever it is about.
			"ref": "refs/heads/main", "run_id": "99",
			"event": map[string]any{"workflow_run": run},
		},
		"vars":   variables,
		"status": "success",
	}
}

// manually is a run that someone started on a ref.
func manually(ref string) map[string]any {
	return map[string]any{
		"github": map[string]any{
			"event_name": "workflow_dispatch", "repository": "acme/ingest", "ref": ref, "run_id": "99",
			"event": map[string]any{},
		},
		"vars":   allVariables(),
		"status": "success",
	}
}

func allVariables() map[string]any {
	variables := map[string]any{}
	for name, value := range configured {
		variables[name] = value
	}
	variables["AWS_ROLE_TO_ASSUME_CD"] = "arn:aws:iam::123456789012:role/ingest-cd"
	variables["AWS_ROLE_TO_ASSUME_DRIFT"] = "arn:aws:iam::123456789012:role/ingest-drift"
	return variables
}

// configured is a repository whose variables are all set.
var configured = map[string]string{
	"AWS_REGION": "eu-central-1", "PULUMI_BACKEND_URL": "s3://state?region=eu-central-1", "ECR_REPO_API": apiRepository, "ECR_REPO_WORKER": workerRepository,
}

const (
	apiRepository    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-api"
	workerRepository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-worker"
)

func holds(t *testing.T, condition string, contexts map[string]any) bool {
	t.Helper()
	v, err := evaluate(condition, contexts)
	require.NoError(t, err)
	return truthy(v)
}

func TestCD_deploysAfterSuccessOnMainOnly(t *testing.T) {
	deploy := workflows(t)["cd.yml"].Jobs["deploy"]
	ours := ciRun{"success", "push", "main", "acme/ingest"}
	for name, c := range map[string]struct {
		change func(*ciRun)
		want   bool
	}{
		"push to main":                         {func(*ciRun) {}, true},
		"failed":                               {func(r *ciRun) { r.conclusion = "failure" }, false},
		"cancelled":                            {func(r *ciRun) { r.conclusion = "cancelled" }, false},
		"skipped":                              {func(r *ciRun) { r.conclusion = "skipped" }, false},
		"needs approval":                       {func(r *ciRun) { r.conclusion = "action_required" }, false},
		"own pull request":                     {func(r *ciRun) { r.event, r.branch = "pull_request", "topic" }, false},
		"fork's pull request from its main":    {func(r *ciRun) { r.event, r.repository = "pull_request", "mallory/ingest" }, false},
		"fork's main that claims to be a push": {func(r *ciRun) { r.repository = "mallory/ingest" }, false},
		"fork that was deleted":                {func(r *ciRun) { r.repository = "" }, false},
		"repository of a similar name":         {func(r *ciRun) { r.repository = "acme/ingest2" }, false},
		"push to another branch":               {func(r *ciRun) { r.branch = "main2" }, false},
		"push of a branch named like the ref":  {func(r *ciRun) { r.branch = "refs/heads/main" }, false},
		"ci run manually":                      {func(r *ciRun) { r.event = "workflow_dispatch" }, false},
		"schedule":                             {func(r *ciRun) { r.event = "schedule" }, false},
		"pull_request_target":                  {func(r *ciRun) { r.event = "pull_request_target" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			run := ours
			c.change(&run)
			assert.Equal(t, c.want, holds(t, deploy.If.Value, run.contexts(allVariables())))
		})
	}
}

func TestCD_manualRun_deploysMainOnly(t *testing.T) {
	deploy := workflows(t)["cd.yml"].Jobs["deploy"]
	for ref, want := range map[string]bool{
		"refs/heads/main":       true,
		"refs/heads/topic":      false,
		"refs/tags/main":        false,
		"refs/pull/1/merge":     false,
		"refs/heads/fork/main":  false,
		"refs/heads/main/other": false,
	} {
		assert.Equal(t, want, holds(t, deploy.If.Value, manually(ref)), ref)
	}
	other := manually("refs/heads/main")
	other["github"].(map[string]any)["event_name"] = "push"
	assert.False(t, holds(t, deploy.If.Value, other), "another trigger")
}

func TestCD_notConfigured_saysSoAndPasses(t *testing.T) {
	jobs := workflows(t)["cd.yml"].Jobs
	run := ciRun{"success", "push", "main", "acme/ingest"}
	assert.False(t, holds(t, jobs["left-out"].If.Value, run.contexts(allVariables())))
	for _, name := range []string{"AWS_REGION", "PULUMI_BACKEND_URL", "AWS_ROLE_TO_ASSUME_CD", "ECR_REPO_API", "ECR_REPO_WORKER"} {
		variables := allVariables()
		delete(variables, name)
		assert.False(t, holds(t, jobs["deploy"].If.Value, run.contexts(variables)), name)
		assert.True(t, holds(t, jobs["left-out"].If.Value, run.contexts(variables)), name)
	}
}

// GitHub's == ignores case, so a branch MAIN passes the condition. The trigger's
// filter does not, and the history does not.
func TestCD_branchDiffersInCase_isNotMain(t *testing.T) {
	cd := workflows(t)["cd.yml"]
	require.True(t, holds(t, cd.Jobs["deploy"].If.Value, ciRun{"success", "push", "MAIN", "acme/ingest"}.contexts(allVariables())))

	var trigger *actionlint.WebhookEvent
	for _, event := range cd.On {
		if event.EventName() == "workflow_run" {
			trigger = event.(*actionlint.WebhookEvent)
		}
	}
	require.NotNil(t, trigger)
	assert.Equal(t, []string{"main"}, values(trigger.Branches.Values))
	assert.Equal(t, []string{"completed"}, values(trigger.Types))
	assert.Equal(t, []string{workflows(t)["ci.yml"].Name.Value}, values(trigger.Workflows))

	// The step before any credentials, run as it stands.
	steps := cd.Jobs["deploy"].Steps
	checkout := steps[0].Exec.(*actionlint.ExecAction)
	sha, err := evaluate(checkout.Inputs["ref"].Value.Value, ciRun{}.contexts(nil))
	require.NoError(t, err)
	assert.Equal(t, "0123456", sha, "the commit that ci tested is checked out")
	guard := steps[1].Exec.(*actionlint.ExecRun).Run.Value

	repo := gitrepo.New(t)
	clone := t.TempDir()
	first := repo.Head(t)
	repo.Commit(t, map[string]string{"README.md": "two\n"})
	repo.Git(t, "checkout", "-q", "-b", "MAIN")
	forged := repo.Commit(t, map[string]string{"README.md": "three\n"})
	repo.Git(t, "clone", "-q", repo.Dir, clone)
	for commit, want := range map[string]bool{first: true, forged: false} {
		(&gitrepo.Repository{Dir: clone}).Git(t, "checkout", "-q", commit)
		cmd := exec.Command("bash", "-e", "-c", guard)
		cmd.Dir = clone
		output, err := cmd.CombinedOutput()
		assert.Equal(t, want, err == nil, "%s: %s", commit, output)
	}
}

func TestCD_deployments_doNotOverlapOrCancel(t *testing.T) {
	cd := workflows(t)["cd.yml"]
	assert.Nil(t, cd.Concurrency, "a run that deploys nothing must not take the place of one that waits")
	deploy := cd.Jobs["deploy"]
	require.NotNil(t, deploy.Concurrency)
	assert.NotContains(t, deploy.Concurrency.Group.Value, "${{", "one group for all")
	assert.False(t, deploy.Concurrency.CancelInProgress.Value)

	ci := workflows(t)["ci.yml"]
	for event, want := range map[string]bool{"pull_request": true, "push": false, "workflow_dispatch": false} {
		v, err := evaluate(ci.Concurrency.CancelInProgress.Expression.Value, map[string]any{"github": map[string]any{"event_name": event}})
		require.NoError(t, err)
		assert.Equal(t, want, v, event)
	}
}

// The message is what `deliver images choose` finds the last deployed commit by.
func TestCD_deployments_recordTheCommit(t *testing.T) {
	for _, step := range workflows(t)["cd.yml"].Jobs["deploy"].Steps {
		if step.ID == nil || step.ID.Value != "deploy" {
			continue
		}
		message := step.Env.Vars["message"].Value.Value
		v, err := evaluate(message, ciRun{}.contexts(nil))
		require.NoError(t, err)
		assert.Equal(t, "cd-after-ci:0123456", v)
		v, err = evaluate(message, manually("refs/heads/main"))
		require.NoError(t, err)
		assert.Equal(t, "cd-manual:99", v)
		return
	}
	t.Fatal("cd.yml/deploy has no step deploy")
}

func values(nodes []*actionlint.String) []string {
	var all []string
	for _, node := range nodes {
		all = append(all, node.Value)
	}
	return all
}

// A secret of the repository can be read from every branch, so only one of the
// environment is used.
func TestCD_token_isASecretOfTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		environment string
		want        any
	}{
		"environment":    {"production", "token"},
		"no environment": {"", ""},
	} {
		for _, step := range workflows(t)["cd.yml"].Jobs["deploy"].Steps {
			if step.Env == nil || step.Env.Vars["ingest_token"] == nil {
				continue
			}
			got, err := evaluate(step.Env.Vars["ingest_token"].Value.Value, map[string]any{
				"vars": map[string]any{"CD_ENVIRONMENT": c.environment}, "secrets": map[string]any{"INGEST_TOKEN": "token"},
			})
			require.NoError(t, err)
			assert.Equal(t, c.want, got, name)
		}
	}
	for _, page := range []string{"README.md", "docs/delivery.md", "docs/security.md"} {
		for line := range strings.Lines(readIfThere(t, filepath.Join(root(t), page))) {
			if strings.Contains(line, "gh secret set INGEST_TOKEN") {
				assert.Contains(t, line, "gh secret set INGEST_TOKEN --env ", page)
			}
		}
	}
}

// What CD deploys is verified with the credentials that GitHub gives this run.
func TestCD_verifiesProvenance(t *testing.T) {
	for _, step := range workflows(t)["cd.yml"].Jobs["deploy"].Steps {
		if step.ID == nil || step.ID.Value != "images" {
			continue
		}
		for name, want := range map[string]string{
			"gh_token": "${{ github.token }}", "repository": "${{ github.repository }}",
			"private": "${{ github.event.repository.private }}", "attest_private": "${{ vars.ATTEST_PRIVATE }}",
		} {
			require.NotNil(t, step.Env.Vars[name], name)
			assert.Equal(t, want, step.Env.Vars[name].Value.Value)
		}
		return
	}
	t.Fatal("cd.yml/deploy has no step images")
}

// The job that pushes images restores nothing that another job has written.
func TestCI_jobThatPushesImages_usesNoCache(t *testing.T) {
	for _, step := range workflows(t)["ci.yml"].Jobs["images"].Steps {
		action, ok := step.Exec.(*actionlint.ExecAction)
		if !ok {
			continue
		}
		assert.NotContains(t, action.Uses.Value, "actions/cache")
		assert.NotContains(t, action.Inputs, "cache-from")
		assert.NotContains(t, action.Inputs, "cache-to")
		if strings.HasPrefix(action.Uses.Value, "actions/setup-go@") {
			require.Contains(t, action.Inputs, "cache")
			assert.Equal(t, "false", action.Inputs["cache"].Value.Value)
		}
	}
}
