package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
)

const (
	main        = "repo:acme/ingest:ref:refs/heads/main"
	mainWithIDs = "repo:acme@1234/ingest@5678:ref:refs/heads/main"
	pullRequest = "repo:acme/ingest:pull_request"
	production  = "repo:acme/ingest:environment:production"
)

func token(sub string) policyeval.Token {
	return policyeval.Token{Provider: providerARN, Claims: map[string]string{
		"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
		"token.actions.githubusercontent.com:sub": sub,
	}}
}

// trusted are the roles that take a token with a subject.
func trusted(t *testing.T, args bootstrap.Args, sub string) []string {
	t.Helper()
	graph := build(t, args)
	var all []string
	for _, role := range []string{"ci", "cd", "preview", "drift"} {
		if parse(t, graph.One(t, roleType, "ingest-github-actions-"+role), "assumeRolePolicy").Trusts(token(sub)) {
			all = append(all, role)
		}
	}
	return all
}

func TestTrust_perWorkflowAndRole(t *testing.T) {
	plain := required()
	withIDs := required()
	withIDs.GithubOwnerID, withIDs.GithubRepoID = "1234", "5678"
	byEnvironment := required()
	byEnvironment.GithubEnvironment = "production"
	release := withIDs
	release.GithubBranch, release.GithubEnvironment = "release/1.x", "production"

	branch := []string{"ci", "cd", "drift"}
	for _, c := range []struct {
		name string
		args bootstrap.Args
		sub  string
		want []string
	}{
		{"main", plain, main, branch},
		{"a pull request", plain, pullRequest, []string{"preview"}},
		{"ids that are not configured", plain, mainWithIDs, nil},
		{"ids", withIDs, mainWithIDs, branch},
		{"the old form in addition to ids", withIDs, main, branch},
		{"a pull request with ids", withIDs, "repo:acme@1234/ingest@5678:pull_request", []string{"preview"}},
		{"another owner of the name", withIDs, "repo:acme@9999/ingest@5678:ref:refs/heads/main", nil},
		{"another repository of the name", withIDs, "repo:acme@1234/ingest@9999:ref:refs/heads/main", nil},
		{"cd is bound to its environment", byEnvironment, production, []string{"cd"}},
		{"and no longer to the branch", byEnvironment, main, []string{"ci", "drift"}},
		{"an environment that is not configured", plain, production, nil},
		{"another environment", byEnvironment, "repo:acme/ingest:environment:staging", nil},
		{"another branch is configured", release, "repo:acme/ingest:ref:refs/heads/release/1.x", []string{"ci", "drift"}},
		{"main is not the branch then", release, main, nil},
		{"an environment with ids", release, "repo:acme@1234/ingest@5678:environment:production", []string{"cd"}},
		{"another branch", plain, "repo:acme/ingest:ref:refs/heads/feature", nil},
		{"a branch that begins alike", plain, "repo:acme/ingest:ref:refs/heads/main2", nil},
		{"a branch below", plain, "repo:acme/ingest:ref:refs/heads/main/x", nil},
		{"a branch of other case", plain, "repo:acme/ingest:ref:refs/heads/MAIN", nil},
		{"a tag called main", plain, "repo:acme/ingest:ref:refs/tags/main", nil},
		{"a fork", plain, "repo:mallory/ingest:ref:refs/heads/main", nil},
		{"a fork's pull request", plain, "repo:mallory/ingest:pull_request", nil},
		{"another repository of the owner", plain, "repo:acme/ingest2:ref:refs/heads/main", nil},
		{"an owner that begins alike", plain, "repo:acme-evil/ingest:ref:refs/heads/main", nil},
		{"a subject made of wildcards", plain, "repo:acme/ingest:*", nil},
		{"one that holds the right one", plain, "x" + main, nil},
		{"none", plain, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, trusted(t, c.args, c.sub)) })
	}
}

func TestTrust_audienceAndIssuerAreExact(t *testing.T) {
	policy := parse(t, build(t, required()).One(t, roleType, "ingest-github-actions-cd"), "assumeRolePolicy")
	assert.True(t, policy.Trusts(token(main)))

	other := token(main)
	other.Claims["token.actions.githubusercontent.com:aud"] = "https://github.com/acme"
	assert.False(t, policy.Trusts(other), "a token made for someone else")
	delete(other.Claims, "token.actions.githubusercontent.com:aud")
	assert.False(t, policy.Trusts(other), "a token for another audience")
	other = token(main)
	other.Provider = "arn:mock:other:aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	assert.False(t, policy.Trusts(other), "another issuer's token")
}

func TestTrust_hasNoPatterns(t *testing.T) {
	graph := build(t, required())
	for role := range policiesOf {
		assert.NotContains(t, graph.One(t, roleType, "ingest-github-actions-"+role).Plain("assumeRolePolicy"), "Like")
	}
}
