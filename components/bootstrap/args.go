package bootstrap

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/components/naming"
)

// Args shape a Bootstrap. Project, GithubOwner and GithubRepo are required; the
// zero value of every other field stands for the default that its comment names.
type Args struct {
	// Project begins every name: "<project>-".
	//
	// Rights are given by the beginnings of names, "<project>-<environment>-": no
	// other project of the account may be named like an environment of this one.
	Project string
	// GithubOwner and GithubRepo name the repository whose workflows may assume
	// the roles. Upper and lower case as GitHub shows them: it counts.
	GithubOwner string
	GithubRepo  string

	// Region and AccountID are part of names and of every right. Empty ones are
	// asked of AWS, with the provider that the component is given.
	Region    string
	AccountID string
	// Environments are those that the roles deploy; default "prod" alone.
	Environments []string
	// GithubOwnerID and GithubRepoID are GitHub's numbers for the two, given
	// together; `gh api repos/OWNER/REPO` says them. A repository that was created,
	// renamed or moved since 2026-07-15 needs them, since its tokens name them:
	// https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
	GithubOwnerID string
	GithubRepoID  string
	// GithubBranch is the one that is deployed; default "main".
	GithubBranch string
	// GithubEnvironment, when given, is the GitHub environment that cd runs in. Its
	// deployment-branch rule then takes the branch's place, and has to be set:
	// without it every branch may use the environment.
	GithubEnvironment string
	// OidcProviderArn is an existing provider for GitHub's tokens. An account has
	// one at most; empty makes it.
	OidcProviderArn string
	// ProtectState keeps the state bucket and the key from being destroyed;
	// default true. False also lets the bucket be destroyed with all it holds.
	ProtectState *bool
	// PulumiProjects are the names of the Pulumi projects whose state the roles
	// work with.
	PulumiProjects PulumiProjects
	// Owner and Tags are added to the tags of every resource.
	Owner string
	Tags  map[string]string
}

// PulumiProjects name the Pulumi projects of the three layers.
type PulumiProjects struct {
	// Bootstrap's state is read by drift; default "ingest-bootstrap".
	Bootstrap string
	// DataConfig's state is read by all roles but ci; default "ingest-data-config".
	DataConfig string
	// Compute's state is what cd writes; default "ingest-compute".
	Compute string
}

// forms of names, each without the characters that mean something to IAM (*, ?,
// ${) or to GitHub's subjects (:, @), so that no name can widen a trust.
var (
	accountForm = regexp.MustCompile(`^\d{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-\d$`)
	// Letters, digits and single hyphens; "_" before the short code of a company's
	// managed users. https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
	ownerForm  = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*(_[A-Za-z0-9]+)?$`)
	repoForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	idForm     = regexp.MustCompile(`^[1-9]\d{0,18}$`)
	branchForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)
	// GitHub takes nearly anything, and encodes some of it in a way of its own.
	githubEnvironmentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	pulumiProjectForm     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	providerForm          = regexp.MustCompile(`^arn:aws(-us-gov)?:iam::\d{12}:oidc-provider/` + regexp.QuoteMeta(issuer) + `$`)
)

// withDefaults is the arguments with every default in place.
func (a Args) withDefaults() Args {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&a.GithubBranch, "main")
	text(&a.PulumiProjects.Bootstrap, "ingest-bootstrap")
	text(&a.PulumiProjects.DataConfig, "ingest-data-config")
	text(&a.PulumiProjects.Compute, "ingest-compute")
	if len(a.Environments) == 0 {
		a.Environments = []string{"prod"}
	}
	if a.ProtectState == nil {
		protect := true
		a.ProtectState = &protect
	}
	return a
}

// Validate names everything that is wrong with the arguments; New does it, too.
func (a Args) Validate() error { return a.withDefaults().validate() }

// validate checks arguments that have their defaults.
func (a Args) validate() error {
	return errors.Join(
		naming.Project(a.Project),
		a.environments(),
		a.github(),
		region(a.Region),
		optional("account id", a.AccountID, accountForm, "12 digits"),
		optional("oidcProviderArn", a.OidcProviderArn, providerForm, "the ARN of an IAM OIDC provider for https://"+issuer),
		optional("pulumiProjects.bootstrap", a.PulumiProjects.Bootstrap, pulumiProjectForm, "up to 100 letters, digits and ._-"),
		optional("pulumiProjects.dataConfig", a.PulumiProjects.DataConfig, pulumiProjectForm, "up to 100 letters, digits and ._-"),
		optional("pulumiProjects.compute", a.PulumiProjects.Compute, pulumiProjectForm, "up to 100 letters, digits and ._-"),
		a.tags().Validate(),
	)
}

// region refuses other partitions: China's has service names and an audience for
// web identities of its own.
func region(name string) error {
	if name != "" && (!regionForm.MatchString(name) || strings.HasPrefix(name, "cn-")) {
		return fmt.Errorf("region is %q; allowed is one of the partitions aws and aws-us-gov, such as us-east-1", name)
	}
	return nil
}

// optional checks an argument that may be empty.
func optional(name, value string, form *regexp.Regexp, allowed string) error {
	if value != "" && !form.MatchString(value) {
		return fmt.Errorf("%s is %q; allowed is %s", name, value, allowed)
	}
	return nil
}

func (a Args) environments() error {
	var wrong []error
	seen := map[string]bool{}
	for _, name := range a.Environments {
		switch {
		case slices.Contains(reserved, name):
			wrong = append(wrong, fmt.Errorf("environment is %q; allowed is any other name: bootstrap's own roles begin with <project>-%s-, and cd may change what begins like an environment", name, name))
		case seen[name]:
			wrong = append(wrong, fmt.Errorf("environment %q is given twice", name))
		default:
			wrong = append(wrong, naming.EnvironmentName(name))
		}
		seen[name] = true
	}
	return errors.Join(wrong...)
}

// github checks what names the repository.
func (a Args) github() error {
	var wrong []error
	check := func(fine bool, name, value, allowed string) {
		if !fine {
			wrong = append(wrong, fmt.Errorf("%s is %q; allowed %s", name, value, allowed))
		}
	}
	check(len(a.GithubOwner) <= 39 && ownerForm.MatchString(a.GithubOwner), "githubOwner", a.GithubOwner,
		"is a user or an organization: up to 39 letters, digits and single hyphens")
	check(len(a.GithubRepo) <= 100 && repoForm.MatchString(a.GithubRepo) && strings.Trim(a.GithubRepo, ".") != "", "githubRepo", a.GithubRepo,
		"is a repository's name without its owner: up to 100 letters, digits and ._-")
	check(len(a.GithubBranch) <= 200 && branchForm.MatchString(a.GithubBranch) && !strings.Contains(a.GithubBranch, ".."), "githubBranch", a.GithubBranch,
		"is the name of one branch: up to 200 letters, digits and ._-/")
	check(a.GithubEnvironment == "" || len(a.GithubEnvironment) <= 255 && githubEnvironmentForm.MatchString(a.GithubEnvironment), "githubEnvironment", a.GithubEnvironment,
		"are up to 255 letters, digits and ._-")
	check(a.GithubOwnerID == "" || idForm.MatchString(a.GithubOwnerID), "githubOwnerId", a.GithubOwnerID, "is GitHub's number for the owner")
	check(a.GithubRepoID == "" || idForm.MatchString(a.GithubRepoID), "githubRepoId", a.GithubRepoID, "is GitHub's number for the repository")
	if (a.GithubOwnerID == "") != (a.GithubRepoID == "") {
		wrong = append(wrong, fmt.Errorf("githubOwnerId is %q and githubRepoId is %q; allowed are both or neither: gh api repos/%s/%s says them",
			a.GithubOwnerID, a.GithubRepoID, a.GithubOwner, a.GithubRepo))
	}
	return errors.Join(wrong...)
}

func (a Args) tags() naming.Tags {
	return naming.Tags{Project: a.Project, Environment: "shared", Owner: a.Owner, Extra: a.Tags}
}
