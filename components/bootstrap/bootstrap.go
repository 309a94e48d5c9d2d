// Package bootstrap makes what an account needs once before Pulumi and GitHub
// Actions can deploy to it: a bucket for state, a key for the secrets in it, trust
// in one GitHub repository's tokens, and four roles for its workflows, each with
// no more rights than its work takes.
package bootstrap

import (
	"errors"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type is the component's type token.
const Type = "ingest:bootstrap:Bootstrap"

// Bootstrap is the component. Its outputs are settings of Pulumi's command line and
// of the workflows.
type Bootstrap struct {
	pulumi.ResourceState

	StateBucketName pulumi.StringOutput `pulumi:"stateBucketName"`
	// StateBackendURL is for `pulumi login`.
	StateBackendURL pulumi.StringOutput `pulumi:"stateBackendUrl"`
	// SecretsProvider is for `pulumi stack init --secrets-provider`.
	SecretsProvider       pulumi.StringOutput `pulumi:"secretsProvider"`
	GithubOIDCProviderArn pulumi.StringOutput `pulumi:"githubOidcProviderArn"`

	GithubActionsCIRoleArn       pulumi.StringOutput `pulumi:"githubActionsCiRoleArn"`
	GithubActionsCIRoleName      pulumi.StringOutput `pulumi:"githubActionsCiRoleName"`
	GithubActionsCDRoleArn       pulumi.StringOutput `pulumi:"githubActionsCdRoleArn"`
	GithubActionsCDRoleName      pulumi.StringOutput `pulumi:"githubActionsCdRoleName"`
	GithubActionsPreviewRoleArn  pulumi.StringOutput `pulumi:"githubActionsPreviewRoleArn"`
	GithubActionsPreviewRoleName pulumi.StringOutput `pulumi:"githubActionsPreviewRoleName"`
	GithubActionsDriftRoleArn    pulumi.StringOutput `pulumi:"githubActionsDriftRoleArn"`
	GithubActionsDriftRoleName   pulumi.StringOutput `pulumi:"githubActionsDriftRoleName"`
}

var kind = component.Kind[Args]{Type: Type, Settings: Settings, Validate: Args.Validate, Tags: Args.tags}

// New makes the component. Its error names every wrong argument, before any
// resource is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bootstrap, error) {
	return component.New(ctx, kind, name, &Bootstrap{}, args, opts, func(base component.Builder, args Args, made *Bootstrap) error {
		b := &builder{Builder: base, args: args}
		if err := b.locate(); err != nil {
			return err
		}
		for _, step := range []func(*Bootstrap) error{b.stateBucket, b.key, b.provider, b.roles} {
			if err := step(made); err != nil {
				return err
			}
		}
		return nil
	})
}

// Export makes every output of the component an output of the stack.
func (b *Bootstrap) Export(ctx *pulumi.Context) { component.Export(ctx, b) }

// builder registers the parts of one component.
type builder struct {
	component.Builder
	args   Args
	scope  scope
	keyArn pulumi.StringOutput
}

// named is a logical name. It begins with the project, since Pulumi tells the
// children of two components of one type apart only by their names.
func (b *builder) named(name string) string { return b.args.Project + "-" + name }

// locate asks AWS for the region and the account where they are not given, and
// checks what depends on them: the bucket's name, whose provider it is, and
// whether IAM takes the policies.
func (b *builder) locate() error {
	if err := b.Locate(&b.args.Region, &b.args.AccountID); err != nil {
		return err
	}
	// The region may come from the provider.
	if err := Settings.Validate(&b.args); err != nil {
		return err
	}
	b.scope = scope{
		region: b.args.Region, account: b.args.AccountID,
		project: b.args.Project, environments: b.args.Environments,
	}
	wrong := []error{naming.Bucket.Check(b.scope.stateBucket()), b.checkSizes()}
	for _, name := range []string{"ci", "cd", "preview", "drift"} {
		wrong = append(wrong, naming.Role.Check(b.scope.role(name)))
	}
	if given := b.args.OIDCProviderArn; given != "" && given != b.scope.provider() {
		wrong = append(wrong, &args.Error{Field: "OIDCProviderArn", Value: given, Allowed: "the account's own, " + b.scope.provider()})
	}
	return errors.Join(wrong...)
}
