package bootstrap

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
)

// Args shape a Bootstrap. GithubOwner and GithubRepo are required; the tags of the
// other fields name their defaults and limits.
type Args struct {
	naming.Common

	// GithubOwner and GithubRepo name the repository whose workflows may assume
	// the roles, written as GitHub shows them: upper and lower case count.
	GithubOwner string `key:"githubOwner" validate:"required,max=39,githubOwner" description:"Owner of the GitHub repository that may deploy, as GitHub writes it"`
	GithubRepo  string `key:"githubRepo" validate:"required,max=100,githubRepo" description:"Name of that repository, without its owner"`
	// GithubOwnerID and GithubRepoID are GitHub's numbers for the two, given
	// together. A repository that was created, renamed or moved since 2026-07-15
	// needs them, since its tokens name them:
	// https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
	GithubOwnerID string `key:"githubOwnerId" validate:"githubID" description:"GitHub's number for the owner (gh api repos/OWNER/REPO); with githubRepoId, for a repository made, renamed or moved since 2026-07-15"`
	GithubRepoID  string `key:"githubRepoId" validate:"githubID" description:"GitHub's number for the repository; with githubOwnerId"`
	// GithubBranch is the one that is deployed.
	GithubBranch string `key:"githubBranch" default:"main" validate:"max=200,githubBranch" description:"The branch that is deployed"`
	// GithubEnvironment, when given, is the GitHub environment that cd runs in. Its
	// deployment-branch rule then takes the branch's place, and must be set:
	// without it every branch may use the environment.
	GithubEnvironment string `key:"githubEnvironment" validate:"max=255,githubEnvironment" description:"A GitHub environment that cd runs in; its deployment-branch rule takes the branch's place"`
	// OIDCProviderArn is an existing provider for GitHub's tokens. An account has
	// one at most; empty makes it.
	OIDCProviderArn string `key:"oidcProviderArn" validate:"oidcProvider" description:"ARN of the account's provider for GitHub's tokens, where there is one already; empty makes it"`
	// Environments are those that the roles deploy.
	Environments []string `key:"environments" default:"[\"prod\"]" validate:"unique,dive,environment" allowed:"names of 1 to 12 lower-case letters and digits, a letter first, each once" description:"The environments that the roles deploy"`
	// ProtectState keeps the state bucket and the key from being destroyed. False
	// also allows the bucket to be destroyed with all its objects.
	ProtectState *bool `key:"protectState" default:"true" description:"Keeps the state bucket and the key from being destroyed; false allows the bucket to be destroyed with all its objects"`

	// PulumiProjects are the names of the Pulumi projects whose state the roles
	// work with.
	PulumiProjects PulumiProjects
}

// PulumiProjects name the Pulumi projects of the three layers.
type PulumiProjects struct {
	// Bootstrap's state is read by drift.
	Bootstrap string `default:"ingest-bootstrap" validate:"pulumiProject"`
	// DataConfig's state is read by all roles but ci.
	DataConfig string `default:"ingest-data-config" validate:"pulumiProject"`
	// Compute's state is what cd writes.
	Compute string `default:"ingest-compute" validate:"pulumiProject"`
}

// formats are the forms of names, each without the characters that mean something
// to IAM (*, ?, ${) or to GitHub's subjects (:, @), so that no name can widen a
// trust.
var formats = args.Formats{
	// Letters, digits and single hyphens; "_" before the short code of a company's
	// managed users. https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
	"githubOwner": {
		Form:    regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*(_[A-Za-z0-9]+)?$`),
		Allowed: "a user or an organization: up to 39 letters, digits and single hyphens",
	},
	"githubRepo": {
		Form: regexp.MustCompile(`^[A-Za-z0-9._-]+$`), Not: regexp.MustCompile(`^\.*$`),
		Allowed: "a repository's name without its owner: up to 100 letters, digits and ._-",
	},
	"githubID": {Form: regexp.MustCompile(`^[1-9][0-9]{0,18}$`), Allowed: "a number of GitHub's"},
	"githubBranch": {
		Form: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`), Not: regexp.MustCompile(`\.\.`),
		Allowed: "the name of one branch: up to 200 letters, digits and ._-/",
	},
	// GitHub accepts nearly anything, and encodes some of it in its own way.
	"githubEnvironment": {
		Form:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`),
		Allowed: "up to 255 letters, digits and ._-",
	},
	"oidcProvider": {
		Form:    regexp.MustCompile(`^arn:aws(-us-gov)?:iam::[0-9]{12}:oidc-provider/` + regexp.QuoteMeta(issuer) + `$`),
		Allowed: "the ARN of an IAM OIDC provider for https://" + issuer,
	},
	"pulumiProject": {Form: regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`), Allowed: "up to 100 letters, digits and ._-"},
}

// Settings are what the tags of Args declare.
var Settings = args.Declare[Args](naming.Formats, formats)

// Validate names everything that is wrong with the arguments. Each error is an
// [*args.Error]. New calls it, too.
func (a Args) Validate() error {
	Settings.SetDefaults(&a)
	wrong := []error{Settings.Validate(&a), a.tags().Validate()}
	for _, name := range a.Environments {
		if slices.Contains(reserved, name) {
			wrong = append(wrong, &args.Error{
				Field: "Environments", Value: name,
				Allowed: fmt.Sprintf("any other name: bootstrap's own roles begin with <project>-%s-, and cd may change what begins like an environment", name),
			})
		}
	}
	if (a.GithubOwnerID == "") != (a.GithubRepoID == "") {
		wrong = append(wrong, &args.Error{
			Field: "GithubOwnerID", Value: a.GithubOwnerID,
			Allowed: fmt.Sprintf("both of {GithubOwnerID} and {GithubRepoID}, or neither: gh api repos/%s/%s returns them", a.GithubOwner, a.GithubRepo),
		})
	}
	return errors.Join(wrong...)
}

func (a Args) tags() naming.Tags { return a.TagsOf("shared") }
