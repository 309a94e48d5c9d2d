package main

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func afterCIOf(commit string) update {
	return update{Kind: "update", Result: "succeeded", Message: afterCI + commit}
}

// chosen chooses; images whose tags are in forged have no provenance.
func chosen(t *testing.T, repo *gitrepo.Repository, env map[string]string, r registry, updates []update, forged ...string) result {
	t.Helper()
	all := ecrVariables()
	maps.Copy(all, env)
	return in(t, repo.Dir, all, func(a *app) error {
		return chooser{
			app: a, registry: r,
			history: func(context.Context) ([]update, error) { return updates, nil },
			verify: func(_ context.Context, manifest []byte) error {
				for _, tag := range forged {
					if string(manifest) == "manifest of "+tag {
						return errors.New("no attestations found")
					}
				}
				return nil
			},
		}.choose(t.Context())
	})
}

func tags(api, worker string) map[string]string {
	return map[string]string{"api_tag": api, "worker_tag": worker}
}

func TestImagesChoose_afterCI_bothImagesOfTheCommit(t *testing.T) {
	repo := gitrepo.New(t)
	both := []string{gitrepo.Tag(repo.Head(t))}
	r := chosen(t, repo, nil, ecrHolds(both, both), nil)
	require.NoError(t, r.err)
	assert.Equal(t, tags(both[0], both[0]), r.outputs)
	assert.Contains(t, r.summary, "ci of this repository attests `ingest-prod-worker:"+both[0]+"` (`"+digestOf(both[0])+"`)")
}

func TestImagesChoose_unchangedServices_keepTheDeployedImages(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)
	second := repo.Commit(t, map[string]string{"README.md": "two\n"})
	both := []string{gitrepo.Tag(first)}

	// A person has rolled back since, which must not be undone.
	r := chosen(t, repo, nil, ecrHolds(both, both), []update{
		{Kind: "update", Result: "succeeded", Message: "cd-manual:17"},
		{Kind: "update", Result: "failed", Message: afterCI + second},
		{Kind: "refresh", Result: "succeeded", Message: afterCI + second},
		afterCIOf(first),
	}, both...)
	require.NoError(t, r.err)
	assert.Equal(t, tags("", ""), r.outputs)
	assert.Contains(t, r.summary, "have not changed since the last deployment (`"+first[:7]+"`)")
}

func TestImagesChoose_droppedDeployment_isMadeUpByTheNext(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)
	second := repo.Commit(t, map[string]string{"services/api/more.go": "package main\n"})
	repo.Commit(t, map[string]string{"README.md": "two\n"})
	both := []string{gitrepo.Tag(first), gitrepo.Tag(second)}

	for name, updates := range map[string][]update{
		"the first was deployed":          {afterCIOf(first)},
		"nothing was deployed":            nil,
		"a rewritten branch was deployed": {afterCIOf("0123456789012345678901234567890123456789")},
	} {
		t.Run(name, func(t *testing.T) {
			r := chosen(t, repo, nil, ecrHolds(both, both), updates)
			require.NoError(t, r.err)
			assert.Equal(t, tags(gitrepo.Tag(second), gitrepo.Tag(second)), r.outputs)
		})
	}
}

func TestImagesChoose_repeatedOldRun_doesNotRollBack(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)
	second := repo.Commit(t, map[string]string{"services/api/more.go": "package main\n"})
	repo.Git(t, "checkout", "-q", first)
	both := []string{gitrepo.Tag(first), gitrepo.Tag(second)}

	r := chosen(t, repo, nil, ecrHolds(both, both), []update{afterCIOf(second)})
	require.ErrorContains(t, r.err, second[:7]+" is deployed and newer than this commit")
	assert.Empty(t, r.outputs)
}

func TestImagesChoose_withoutImages(t *testing.T) {
	r := chosen(t, gitrepo.New(t), nil, ecrHolds(nil, nil), nil)
	require.ErrorContains(t, r.err, "Run the workflow 'ci' on main manually")
	assert.Empty(t, r.outputs)
}

func TestImagesChoose_unreadableHistory_stopsTheDeployment(t *testing.T) {
	repo := gitrepo.New(t)
	both := []string{gitrepo.Tag(repo.Head(t))}
	r := in(t, repo.Dir, ecrVariables(), func(a *app) error {
		return chooser{app: a, registry: ecrHolds(both, both), history: func(context.Context) ([]update, error) {
			return nil, errors.New("no stack named 'prod' found")
		}}.choose(t.Context())
	})
	require.EqualError(t, r.err, "no stack named 'prod' found")
	assert.Empty(t, r.outputs)
}

func TestImagesChoose_manually(t *testing.T) {
	repo := gitrepo.New(t)
	held := ecrHolds([]string{"sha-aaaaaaa", "sha-bbbbbbb"}, []string{"sha-bbbbbbb"})
	manually := func(api, worker string) result {
		return chosen(t, repo, map[string]string{"MANUAL": "true", "API_IMAGE_TAG": api, "WORKER_IMAGE_TAG": worker}, held, nil)
	}
	assert.Equal(t, tags("sha-aaaaaaa", "sha-bbbbbbb"), manually("sha-aaaaaaa", "sha-bbbbbbb").outputs)
	assert.Equal(t, tags("sha-aaaaaaa", ""), manually("sha-aaaaaaa", "").outputs)
	assert.Equal(t, tags("", ""), manually("", "").outputs, "neither: an operator rolls out a changed setting")

	r := manually("", "sha-aaaaaaa")
	require.EqualError(t, r.err, "ingest-prod-worker has no image tagged 'sha-aaaaaaa'. It holds: sha-bbbbbbb")

	for _, wrong := range []string{"$(touch stolen)", "sha-1;ls", "-rf", "a b", "x:y"} {
		r := manually(wrong, "")
		require.ErrorAs(t, r.err, new(usageError), wrong)
		require.ErrorContains(t, r.err, "'"+wrong+"' is not a tag of the api image")
		assert.Empty(t, r.outputs)
	}
}

func TestImagesChoose_withoutProvenance_isNotDeployed(t *testing.T) {
	repo := gitrepo.New(t)
	both := []string{gitrepo.Tag(repo.Head(t)), "sha-1111111"}
	for name, env := range map[string]map[string]string{
		"after ci": nil,
		"manually": {"MANUAL": "true", "WORKER_IMAGE_TAG": both[0]},
	} {
		r := chosen(t, repo, env, ecrHolds(both, both), nil, both[0])
		require.ErrorContains(t, r.err, both[0]+" is not deployed: ci of this repository does not attest "+digestOf(both[0]), name)
		require.ErrorContains(t, r.err, "no attestations found")
		assert.Empty(t, r.outputs, name)
	}
}

func TestImagesChoose_nothingAttested_saysSo(t *testing.T) {
	repo := gitrepo.New(t)
	both := []string{gitrepo.Tag(repo.Head(t))}
	r := chosen(t, repo, map[string]string{"PRIVATE": "true"}, ecrHolds(both, both), nil, both[0])
	require.NoError(t, r.err)
	assert.Equal(t, tags(both[0], both[0]), r.outputs)
	assert.Contains(t, r.summary, "The provenance of the images is not verified, since the repository is private")

	r = chosen(t, repo, map[string]string{"PRIVATE": "true", "ATTEST_PRIVATE": "true"}, ecrHolds(both, both), nil, both[0])
	require.Error(t, r.err)
}

// mislabelled gives another digest than that of its manifest.
type mislabelled struct{ *fakeRegistry }

func (m mislabelled) BatchGetImage(ctx context.Context, in *ecr.BatchGetImageInput, opts ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error) {
	answer, err := m.fakeRegistry.BatchGetImage(ctx, in, opts...)
	answer.Images[0].ImageId.ImageDigest = aws.String(digestOf("other"))
	return answer, err
}

func TestReadManifest_otherDigest(t *testing.T) {
	_, _, err := readManifest(t.Context(), mislabelled{ecrHolds(nil, nil)}, "ingest-prod-api", "sha-1111111")
	require.ErrorContains(t, err, "and ECR names "+digestOf("other"))
}

func TestVerifyArgs_bindTheWorkflowAndTheBranch(t *testing.T) {
	assert.Equal(t, []string{
		"attestation", "verify", "m.json", "--repo", "acme/ingest", "--signer-workflow", "acme/ingest/.github/workflows/ci.yml",
		"--source-ref", "refs/heads/main", "--deny-self-hosted-runners",
	}, verifyArgs("m.json", "acme/ingest"))
}
