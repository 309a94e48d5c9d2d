package bootstrap_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused is the error of a component that must not be made.
func refused(t *testing.T, args *bootstrap.Args) (*componentstest.Graph, error) {
	t.Helper()
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := bootstrap.New(ctx, "bootstrap", args)
		return err
	})
	require.Error(t, err)
	return graph, err
}

func TestNew_wrongArguments_registersNothing(t *testing.T) {
	graph, err := refused(t, &bootstrap.Args{
		Common:      naming.Common{Project: "Ingest", Region: "Mars", AccountID: "1", Owner: "a,b"},
		GithubOwner: "acme/ingest", GithubRepo: "ingest*", GithubBranch: "refs/heads/ma*n", GithubEnvironment: "prod:1",
		GithubOwnerID: "12a", GithubRepoID: "", OIDCProviderArn: "arn:aws:iam::1:oidc-provider/x",
		Environments:   []string{"prod", "prod", "Staging", "github"},
		PulumiProjects: bootstrap.PulumiProjects{Bootstrap: "a/b", DataConfig: "*", Compute: " "},
	})
	for _, want := range []string{
		`Project is "Ingest"`, `GithubOwner is "acme/ingest"`, `GithubRepo is "ingest*"`, `GithubBranch is "refs/heads/ma*n"`,
		`GithubEnvironment is "prod:1"`, `GithubOwnerID is "12a"; allowed is a number of GitHub's`,
		`GithubOwnerID is "12a"; allowed is both of GithubOwnerID and GithubRepoID, or neither`,
		`Region is "Mars"`, `AccountID is "1"; allowed is 12 digits`, `OIDCProviderArn is "arn:aws:iam::1:oidc-provider/x"`, `Owner is "a,b"`,
		`Environments is [prod prod Staging github]; allowed is`, `Environments is "github"; allowed is any other name`,
		`PulumiProjects.Bootstrap is "a/b"`, `PulumiProjects.DataConfig is "*"`, `PulumiProjects.Compute is " "`,
	} {
		require.ErrorContains(t, err, want)
	}
	assert.Empty(t, graph.Types())
}

func TestNew_noArguments_errorNamesTheRequired(t *testing.T) {
	_, err := refused(t, nil)
	for _, want := range []string{"GithubOwner is not set", "GithubRepo is not set"} {
		require.ErrorContains(t, err, want)
	}
}

// What would widen a trust, or has a special meaning in a subject or a policy.
func TestNew_wildcardsInNames_areRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*bootstrap.Args, string)
		bad  []string
		good []string
	}{
		{
			"GithubOwner", func(a *bootstrap.Args, v string) { a.GithubOwner = v },
			[]string{"*", "ac?e", "-acme", "acme-", "ac--me", "acme@1", "acme:x", "${aws:username}", "a b", strings.Repeat("a", 40)},
			[]string{"acme", "Acme-1", "octo_acme", "a", strings.Repeat("a", 39)},
		},
		{
			"GithubRepo", func(a *bootstrap.Args, v string) { a.GithubRepo = v },
			[]string{"*", ".", "..", "a/b", "in@gest", "a:b", "a b", strings.Repeat("a", 101)},
			[]string{"ingest", ".github", "In_gest-1.x"},
		},
		{
			"GithubBranch", func(a *bootstrap.Args, v string) { a.GithubBranch = v },
			[]string{"*", "main*", "/main", "main/", "a//b", "a..b", "a:b", "ma in", "a@{1}"},
			[]string{"main", "release/1.x", "Main"},
		},
		{
			"GithubEnvironment", func(a *bootstrap.Args, v string) { a.GithubEnvironment = v },
			[]string{"*", "prod*", "a:b", "a b", "a/b"},
			[]string{"", "production", "prod-eu_1.x"},
		},
		{
			"GithubOwnerID", func(a *bootstrap.Args, v string) { a.GithubOwnerID, a.GithubRepoID = v, "1" },
			[]string{"0", "-1", "1.5", "1*", strings.Repeat("1", 20)},
			[]string{"1", "1234567890"},
		},
		{
			"Region", func(a *bootstrap.Args, v string) { a.Region = v },
			[]string{"*", "us", "cn-north-1", "us-iso-east-1", "eu-west-1:x"},
			[]string{"", "eu-west-1", "us-gov-east-1", "ap-southeast-4", "ca-central-1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, value := range c.bad {
				args := required()
				c.set(&args, value)
				_, err := refused(t, &args)
				require.ErrorContains(t, err, c.name+" is ")
			}
			for _, value := range c.good {
				args := required()
				c.set(&args, value)
				assert.NotEmpty(t, build(t, args).Types(), value)
			}
		})
	}
}

func TestNew_providerOfOtherAccount_isRefused(t *testing.T) {
	args := required()
	args.OIDCProviderArn = "arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com"
	_, err := refused(t, &args)
	assert.ErrorContains(t, err, "allowed is the account's own, arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com")
}

func TestNew_longPolicies_errorNamesThem(t *testing.T) {
	args := required()
	args.Environments = []string{"prod", "staging", "test", "dev"}
	assert.NotEmpty(t, build(t, args).Types(), "a handful of environments fits")

	for _, letter := range "abcdefghijklmnop" {
		args.Environments = append(args.Environments, "environment"+string(letter))
	}
	graph, err := refused(t, &args)
	require.ErrorContains(t, err, "the policy state of cd has")
	require.ErrorContains(t, err, "with 20 environments; IAM allows 6144")
	assert.Equal(t, map[string]int{bootstrap.Type: 1}, graph.Types(), "before anything is made")
}

func TestNames_longest_fit(t *testing.T) {
	args := required()
	args.Project, args.Region = strings.Repeat("p", 20), "ap-southeast-1"
	args.Environments = []string{strings.Repeat("e", 12)}
	args.GithubOwner, args.GithubRepo = strings.Repeat("o", 39), strings.Repeat("r", 100)
	args.GithubBranch = strings.Repeat("b", 200)
	args.GithubOwnerID, args.GithubRepoID = strings.Repeat("1", 19), strings.Repeat("2", 19)
	assert.NotEmpty(t, build(t, args).Types())
}
