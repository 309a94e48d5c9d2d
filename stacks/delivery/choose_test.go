package delivery

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// update is one entry of `pulumi stack history --json`, newest first.
type update struct {
	Kind    string `json:"kind"`
	Result  string `json:"result"`
	Message string `json:"message"`
}

// afterCI is an update that CD brought through after CI had tested a commit.
func afterCI(commit string) update {
	return update{Kind: "update", Result: "succeeded", Message: "cd-after-ci:" + commit}
}

func history(t *testing.T, updates ...update) reply {
	t.Helper()
	encoded, err := json.Marshal(updates)
	require.NoError(t, err)
	return reply{Call: `^pulumi stack history --stack prod --json`, Stdout: string(encoded)}
}

func choose(t *testing.T, repo *repository, env map[string]string, replies ...reply) result {
	t.Helper()
	all := maps.Clone(ecrVariables)
	maps.Copy(all, env)
	return script{Dir: repo.dir, Env: all, Replies: replies}.run(t, "images-choose.sh")
}

func tags(api, worker string) map[string]string {
	return map[string]string{"api_tag": api, "worker_tag": worker}
}

func TestAfterCIBothImagesOfTheCommitAreDeployed(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	both := []string{tag(first)}

	r := choose(t, repo, nil, append(ecrHolds(both, both), history(t))...)
	require.Zero(t, r.Status, r.Output)
	assert.Equal(t, tags(tag(first), tag(first)), r.Outputs)
}

func TestWhereTheServicesDidNotChangeTheDeployedImagesStay(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	second := repo.commit(t, map[string]string{"README.md": "two\n"})
	both := []string{tag(first)}

	// A person rolled back by hand since, which nothing here may undo.
	r := choose(t, repo, nil, append(ecrHolds(both, both), history(t,
		update{Kind: "update", Result: "succeeded", Message: "cd-by-hand:17"},
		update{Kind: "update", Result: "failed", Message: "cd-after-ci:" + second},
		update{Kind: "refresh", Result: "succeeded", Message: "cd-after-ci:" + second},
		afterCI(first)))...)
	require.Zero(t, r.Status, r.Output)
	assert.Equal(t, tags("", ""), r.Outputs)
	assert.Contains(t, r.Summary, "have not changed since the last deployment (`"+first[:7]+"`)")
}

func TestImagesOfADeploymentThatWasDroppedAreDeployedByTheNext(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	second := repo.commit(t, map[string]string{"services/api/more.go": "package main\n"})
	repo.commit(t, map[string]string{"README.md": "two\n"})
	both := []string{tag(first), tag(second)}

	for name, updates := range map[string][]update{
		"the first was deployed":          {afterCI(first)},
		"nothing was deployed":            nil,
		"a rewritten branch was deployed": {afterCI("0123456789012345678901234567890123456789")},
	} {
		t.Run(name, func(t *testing.T) {
			r := choose(t, repo, nil, append(ecrHolds(both, both), history(t, updates...))...)
			require.Zero(t, r.Status, r.Output)
			assert.Equal(t, tags(tag(second), tag(second)), r.Outputs)
		})
	}
}

func TestARepeatedOldRunDoesNotRollBack(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	second := repo.commit(t, map[string]string{"services/api/more.go": "package main\n"})
	repo.git(t, "checkout", "-q", first)
	both := []string{tag(first), tag(second)}

	r := choose(t, repo, nil, append(ecrHolds(both, both), history(t, afterCI(second)))...)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, second[:7]+" is deployed and newer than this commit")
	assert.Empty(t, r.Outputs)
}

func TestServicesWithoutImagesAreNotDeployed(t *testing.T) {
	repo := newRepository(t)
	r := choose(t, repo, nil, append(ecrHolds(nil, nil), history(t))...)
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "Run the workflow 'ci' on main by hand")
	assert.Empty(t, r.Outputs)
}

func TestAHistoryThatCannotBeReadStopsTheDeployment(t *testing.T) {
	repo := newRepository(t)
	first := repo.head(t)
	repo.commit(t, map[string]string{"README.md": "two\n"})
	both := []string{tag(first)}

	r := choose(t, repo, nil, append(ecrHolds(both, both),
		reply{Call: `^pulumi stack history`, Stderr: "error: no stack named 'prod' found\n", Exit: 6})...)
	assert.NotZero(t, r.Status)
	assert.Contains(t, r.Output, "no stack named 'prod' found")
	assert.Empty(t, r.Outputs)
}

func TestByHandTheTagsGivenAreDeployed(t *testing.T) {
	repo := newRepository(t)
	held := ecrHolds([]string{"sha-aaaaaaa", "sha-bbbbbbb"}, []string{"sha-bbbbbbb"})
	byHand := func(api, worker string) result {
		return choose(t, repo, map[string]string{"BY_HAND": "true", "API_IMAGE_TAG": api, "WORKER_IMAGE_TAG": worker}, held...)
	}

	assert.Equal(t, tags("sha-aaaaaaa", "sha-bbbbbbb"), byHand("sha-aaaaaaa", "sha-bbbbbbb").Outputs)
	assert.Equal(t, tags("sha-aaaaaaa", ""), byHand("sha-aaaaaaa", "").Outputs)
	assert.Equal(t, tags("", ""), byHand("", "").Outputs, "neither: an operator's change of a setting, rolled out")

	r := byHand("", "sha-aaaaaaa")
	assert.Equal(t, 1, r.Status)
	assert.Contains(t, r.Output, "ingest-prod-worker has no image tagged 'sha-aaaaaaa'. It holds: sha-bbbbbbb")

	for _, wrong := range []string{"$(touch stolen)", "sha-1;ls", "-rf", "a b", "x:y"} {
		r := byHand(wrong, "")
		assert.Equal(t, 2, r.Status, wrong)
		assert.Contains(t, r.Output, "the api image tag '"+wrong+"' is none")
		assert.Empty(t, r.Calls, "%s reached a command", wrong)
	}
}
