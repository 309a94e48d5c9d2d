package bootstrap

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
)

const (
	// issuer signs the tokens of GitHub's workflows.
	// https://docs.github.com/en/actions/reference/security/oidc
	issuer = "token.actions.githubusercontent.com"
	// audience is what aws-actions/configure-aws-credentials asks a token for.
	audience = "sts.amazonaws.com"
)

// The ends of the subjects of tokens that may assume a role.

// byBranch are runs on the branch, whatever started them, except runs for a pull request.
func (a Args) byBranch() string { return "ref:refs/heads/" + a.GithubBranch }

// byDeployment are jobs in the GitHub environment where there is one: their
// subject names that instead of the branch.
func (a Args) byDeployment() string {
	if a.GithubEnvironment != "" {
		return "environment:" + a.GithubEnvironment
	}
	return a.byBranch()
}

// byPullRequest are runs for a pull request from a branch of the repository.
// Those from forks get no token.
func (a Args) byPullRequest() string { return "pull_request" }

// subjects are the exact subjects that a token may have: with the names alone,
// and, where the ids are known, with these too. A repository sends one of the two;
// a new owner of the names cannot send the second.
func (a Args) subjects(end string) []string {
	all := []string{fmt.Sprintf("repo:%s/%s:%s", a.GithubOwner, a.GithubRepo, end)}
	if a.GithubOwnerID != "" {
		all = append(all, fmt.Sprintf("repo:%s@%s/%s@%s:%s", a.GithubOwner, a.GithubOwnerID, a.GithubRepo, a.GithubRepoID, end))
	}
	return all
}

// trust allows the subjects to assume a role. Both claims are compared exactly:
// StringLike would admit other repositories whose names match the pattern.
func (a Args) trust(provider, end string) iamdoc.Document {
	return iamdoc.Document{{
		Sid: "GitHubActions", Effect: iamdoc.Allow,
		Principal: iamdoc.Principal{Federated: []string{provider}},
		Actions:   []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: iamdoc.Conditions{"StringEquals": {
			issuer + ":aud": {audience},
			issuer + ":sub": a.subjects(end),
		}},
	}}
}
