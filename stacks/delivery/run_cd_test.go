package delivery

import (
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ciEnded is the event of a run of ci that ended.
func ciEnded(conclusion, branch, repository, commit string) map[string]any {
	return map[string]any{
		"workflow_run": map[string]any{
			"conclusion": conclusion, "event": "push", "head_branch": branch, "head_sha": commit,
			"head_repository": map[string]any{"full_name": repository},
		},
		"repository": map[string]any{"private": false},
	}
}

// dispatched is the event of a workflow that someone starts on main.
func dispatched(inputs map[string]any) map[string]any {
	return map[string]any{"ref": "refs/heads/main", "inputs": inputs, "repository": map[string]any{"private": false}}
}

// pushed pushes the images of a commit, and returns their tag.
func pushed(r *actrun.Runner, commit string) string {
	tag := gitrepo.Tag(commit)
	r.AWS.Push("ingest-prod-api", tag)
	r.AWS.Push("ingest-prod-worker", tag)
	return tag
}

const (
	assume = "aws-actions/configure-aws-credentials"
	update = "deploy as cd: pulumi -C . up --stack prod --yes --message="
)

func TestCDRuns_afterCISucceeded_deploysTheImagesOfTheCommit(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	commit := r.Repo.Head(t)
	tag := pushed(r, commit)
	r.Repo.Commit(t, map[string]string{"README.md": "a later commit\n"})
	run := r.Run(t, "cd.yml", "workflow_run", ciEnded("success", "main", actrun.Repository, commit))
	assert.True(t, run.Passed)
	verify := " --repo acme/ingest --signer-workflow acme/ingest/.github/workflows/ci.yml --source-ref refs/heads/main --deny-self-hosted-runners"
	assert.Equal(t, []string{
		"deploy as cd: gh attestation verify *.json" + verify,
		"deploy as cd: gh attestation verify *.json" + verify,
		"deploy as cd: ingestctl rollout --stack prod --timeout 10m",
		"deploy as cd: ingestctl verify --stack prod --api-only",
		update + "cd-after-ci:" + commit + " --config-file *Pulumi.prod.yaml --config=ingest-compute:apiImageTag=" + tag + " --config=ingest-compute:workerImageTag=" + tag,
		"deploy: actions/checkout " + commit,
	}, run.Of("gh", "ingestctl", "pulumi -C", "actions/checkout"))
}

func TestCDRuns_afterAnotherRun_deployNothing(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	main := r.Repo.Head(t)
	pushed(r, main)
	for name, event := range map[string]map[string]any{
		"failed":       ciEnded("failure", "main", actrun.Repository, main),
		"fork":         ciEnded("success", "main", "mallory/ingest", main),
		"other branch": ciEnded("success", "topic", actrun.Repository, main),
	} {
		run := r.Run(t, "cd.yml", "workflow_run", event)
		assert.True(t, run.Passed, name)
		assert.Empty(t, run.Calls, name)
	}
}

// GitHub's == ignores case; the step that asks git does not.
func TestCDRuns_branchMAIN_isRefusedBeforeItGetsCredentials(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	r.Repo.Git(t, "checkout", "-q", "-b", "MAIN")
	commit := r.Repo.Commit(t, map[string]string{"services/api/main.go": "package main\n\nfunc main() {}\n"})
	pushed(r, commit)
	r.Repo.Git(t, "checkout", "-q", "main")
	run := r.Run(t, "cd.yml", "workflow_run", ciEnded("success", "MAIN", actrun.Repository, commit))
	assert.False(t, run.Passed)
	assert.Contains(t, run.Log, commit+" is not on main: only commits of main are deployed")
	assert.Equal(t, []string{"deploy: actions/checkout " + commit}, run.Of(""))
}

func TestCDRuns_withTags_deploysTheTagsThatExist(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	old := pushed(r, r.Repo.Head(t))
	latest := pushed(r, r.Repo.Commit(t, map[string]string{"services/api/main.go": "package main\n\nfunc main() {}\n"}))
	deploy := func(api, worker string) actrun.Result {
		return r.Run(t, "cd.yml", "workflow_dispatch", dispatched(map[string]any{"api_image_tag": api, "worker_image_tag": worker}))
	}
	config := update + "cd-manual:1 --config-file *Pulumi.prod.yaml --config=ingest-compute:"

	both := deploy(latest, latest)
	assert.True(t, both.Passed)
	assert.Equal(t, []string{config + "apiImageTag=" + latest + " --config=ingest-compute:workerImageTag=" + latest}, both.Of("pulumi -C"))

	rollBack := deploy(old, "")
	assert.True(t, rollBack.Passed)
	assert.Equal(t, []string{config + "apiImageTag=" + old}, rollBack.Of("pulumi -C"), "the worker stays")
	assert.Len(t, rollBack.Of("gh attestation verify"), 1)

	missing := deploy("sha-none", "")
	assert.False(t, missing.Passed)
	assert.Contains(t, missing.Log, "ingest-prod-api has no image tagged 'sha-none'. It holds: "+old+" "+latest)
	assert.Empty(t, missing.Of("pulumi -C", "ingestctl"))
}

func TestCDRuns_anOlderCommitAgain_isRefused(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	old := r.Repo.Head(t)
	pushed(r, old)
	newer := r.Repo.Commit(t, map[string]string{"services/api/main.go": "package main\n\nfunc main() {}\n"})
	r.Programs["pulumi"] = func(actrun.Call) actrun.Answer {
		return actrun.Answer{Stdout: `[{"kind": "update", "result": "succeeded", "message": "cd-after-ci:` + newer + `"}]`}
	}
	run := r.Run(t, "cd.yml", "workflow_run", ciEnded("success", "main", actrun.Repository, old))
	assert.False(t, run.Passed)
	assert.Contains(t, run.Log, "is deployed and newer than this commit")
	assert.Empty(t, run.Of("pulumi -C", "ingestctl"))
}

func TestCDRuns_failedDeployment_showsTheEventsAndVerifiesNothing(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	commit := r.Repo.Head(t)
	pushed(r, commit)
	r.Programs["pulumi"] = func(call actrun.Call) actrun.Answer {
		if slices.Contains(call.Args, "up") {
			return actrun.Answer{Stdout: "ECS rolled the deployment back\n", Status: 255}
		}
		return actrun.Answer{Stdout: "[]"}
	}
	run := r.Run(t, "cd.yml", "workflow_run", ciEnded("success", "main", actrun.Repository, commit))
	assert.False(t, run.Passed)
	assert.Equal(t, []string{"deploy as cd: ingestctl rollout --stack prod --events"}, run.Of("ingestctl"))
}

func TestCDRuns_notSetUp_saysSo(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	delete(r.Vars, "ECR_REPO_WORKER")
	run := r.Run(t, "cd.yml", "workflow_run", ciEnded("success", "main", actrun.Repository, r.Repo.Head(t)))
	assert.True(t, run.Passed)
	assert.Empty(t, run.Calls)
	require.Contains(t, run.Log, "Nothing is deployed: not every repository variable is set.")
	assert.Equal(t, 1, strings.Count(run.Log, "Job succeeded"))
}
