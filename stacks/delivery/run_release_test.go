package delivery

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
	"github.com/stretchr/testify/assert"
)

func TestReleaseRuns_ofACommitOfMain_releasesProgramsModuleAndContainer(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	r.Repo.Git(t, "tag", "v1.2.3")
	event := map[string]any{"ref": "refs/tags/v1.2.3", "repository": map[string]any{"private": false}}
	run := r.Run(t, "release.yml", "push", event)
	assert.True(t, run.Passed)
	assert.Equal(t, []string{
		"container: docker login ghcr.io --username nektos/act --password-stdin",
		"container: docker/build-push-action ghcr.io/acme/ingest/local:v1.2.3",
		"programs: gh api repos/acme/ingest/git/refs -f ref=refs/tags/components/v1.2.3 -f sha=" + r.Repo.Head(t),
		"programs: make release",
	}, run.Of("make", "gh", "docker login", "docker/build-push"))

	r.Repo.Git(t, "checkout", "-q", "-b", "topic")
	r.Repo.Commit(t, map[string]string{"README.md": "not on main\n"})
	refused := r.Run(t, "release.yml", "push", event)
	assert.False(t, refused.Passed)
	assert.Equal(t, []string{"programs: actions/checkout"}, refused.Of(""))
}
