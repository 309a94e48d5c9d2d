package delivery

import (
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
)

// checks are what ci runs for every event.
var checks = []string{
	"containers: make test-containers", "lint: make lint tidy vuln", "snapshot: make snapshot", "test: make test",
}

func pullRequest(t *testing.T, r *actrun.Runner, from string) map[string]any {
	t.Helper()
	return map[string]any{
		"pull_request": map[string]any{
			"number": 7, "user": map[string]any{"login": "someone"}, "base": map[string]any{"ref": "main"},
			"head": map[string]any{"ref": "topic", "sha": r.Repo.Head(t), "repo": map[string]any{"full_name": from}},
		},
		"repository": map[string]any{"private": false},
	}
}

func pushToMain(t *testing.T, r *actrun.Runner) map[string]any {
	t.Helper()
	return map[string]any{"ref": "refs/heads/main", "after": r.Repo.Head(t), "repository": map[string]any{"private": false}}
}

func TestCIRuns_pullRequestFromABranch_isPreviewedInOneComment(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	r.Programs["pulumi"] = func(call actrun.Call) actrun.Answer {
		return actrun.Answer{Stdout: "+ in " + call.Args[1] + "\n"}
	}
	for range 2 {
		run := r.Run(t, "ci.yml", "pull_request", pullRequest(t, r, actrun.Repository))
		assert.True(t, run.Passed)
		assert.Equal(t, checks, run.Of("make"))
		assert.Equal(t, []string{
			"preview as preview: pulumi -C . preview --stack prod --diff --suppress-progress",
			"preview as preview: pulumi -C stacks/data-config preview --stack prod --diff --suppress-progress",
		}, run.Of("pulumi -C"))
		assert.Equal(t, []string{"preview: " + assume + " preview", "preview: " + assume + " preview"}, run.Of(assume))
		assert.Empty(t, run.Of("docker/"))
	}
	comments := r.Hub.Comments(7)
	if assert.Len(t, comments, 1, "the second run edits it") {
		assert.Contains(t, comments[0], "+ in .\n")
		assert.Contains(t, comments[0], "+ in stacks/data-config\n")
	}
}

func TestCIRuns_pullRequestFromAFork_getsNoCredentials(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	run := r.Run(t, "ci.yml", "pull_request", pullRequest(t, r, "mallory/ingest"))
	assert.True(t, run.Passed)
	assert.Equal(t, checks, run.Of("make"))
	assert.Empty(t, run.Of(assume, "pulumi", "docker/"))
	assert.Empty(t, r.Hub.Comments(7))
	assert.Contains(t, run.Log, "the pull request comes from a fork, which gets no credentials")
}

func TestCIRuns_pushThatTouchesServices_buildsAndAttestsBothImages(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	tag := gitrepo.Tag(r.Repo.Head(t))
	run := r.Run(t, "ci.yml", "push", pushToMain(t, r))
	assert.True(t, run.Passed)
	assert.Equal(t, checks, run.Of("make"))
	assert.Equal(t, []string{tag}, r.AWS.Tags("ingest-prod-api"))
	assert.Equal(t, []string{tag}, r.AWS.Tags("ingest-prod-worker"))
	assert.Len(t, run.Of("docker/build-push-action"), 2)
	if attested := attested(run); assert.Len(t, attested, 2) {
		assert.Regexp(t, `^attest as ci: \S+ \S+/ingest-prod-api@sha256:[0-9a-f]{64}$`, attested[0])
		assert.Regexp(t, `^attest as ci: \S+ \S+/ingest-prod-worker@sha256:[0-9a-f]{64}$`, attested[1])
	}
	assert.Empty(t, run.Of("pulumi"))
}

// attested are the calls that attest the provenance of an image.
func attested(run actrun.Result) []string {
	var calls []string
	for _, call := range run.Calls {
		if call.Program == "actions/attest-build-provenance" {
			calls = append(calls, call.String())
		}
	}
	slices.Sort(calls)
	return calls
}

func TestCIRuns_pushOfTheWorkerFails_apiIsAttested(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	r.Programs["docker/build-push-action"] = func(call actrun.Call) actrun.Answer {
		if strings.Contains(call.Input("tags"), "worker") {
			return actrun.Answer{Status: 1}
		}
		return actrun.Answer{}
	}
	first := r.Run(t, "ci.yml", "push", pushToMain(t, r))
	assert.False(t, first.Passed)
	if attested := attested(first); assert.Len(t, attested, 1, "a repeated run does not push the api again") {
		assert.Contains(t, attested[0], "/ingest-prod-api@sha256:")
	}
	delete(r.Programs, "docker/build-push-action")
	again := r.Run(t, "ci.yml", "push", pushToMain(t, r))
	assert.True(t, again.Passed)
	if attested := attested(again); assert.Len(t, attested, 1) {
		assert.Contains(t, attested[0], "/ingest-prod-worker@sha256:")
	}
}

func TestCIRuns_pushThatDoesNotTouchServices_buildsNothing(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	built := pushed(r, r.Repo.Head(t))
	r.Repo.Commit(t, map[string]string{"stacks/compute/main.go": "package main\n\nfunc main() {}\n"})
	run := r.Run(t, "ci.yml", "push", pushToMain(t, r))
	assert.True(t, run.Passed)
	assert.Equal(t, checks, run.Of("make"))
	assert.Contains(t, run.Log, "The services have not changed since `"+built+"`: nothing is built or pushed.")
	assert.Empty(t, run.Of("docker/", "actions/attest"))
	assert.Equal(t, []string{built}, r.AWS.Tags("ingest-prod-api"))
}

func TestCIRuns_failedTests_buildNoImage(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	r.Programs["make"] = func(call actrun.Call) actrun.Answer {
		if slices.Equal(call.Args, []string{"test"}) {
			return actrun.Answer{Status: 2}
		}
		return actrun.Answer{}
	}
	run := r.Run(t, "ci.yml", "push", pushToMain(t, r))
	assert.False(t, run.Passed)
	assert.Empty(t, run.Of(assume, "docker/"))
}
