// Package bootstrap makes what an account needs once before Pulumi and GitHub
// Actions can deploy to it: a bucket for state, a key for the secrets in it, trust
// in one GitHub repository's tokens, and four roles for its workflows, each with
// no more rights than its work takes.
package bootstrap

import (
	"errors"
	"fmt"

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

// New makes the component. Its error names every wrong argument, before any
// resource is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bootstrap, error) {
	if args == nil {
		args = &Args{}
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("checking the arguments of Bootstrap %s:\n%w", name, err)
	}
	made := &Bootstrap{}
	if err := ctx.RegisterComponentResource(Type, name, made, opts...); err != nil {
		return nil, fmt.Errorf("registering Bootstrap %s: %w", name, err)
	}
	b := &builder{args: *args}
	Settings.SetDefaults(&b.args)
	b.Builder = component.Builder{Ctx: ctx, Parent: made, Tags: pulumi.ToStringMap(b.args.tags().Map())}
	if err := b.locate(); err != nil {
		return nil, err
	}
	for _, step := range []func(*Bootstrap) error{b.stateBucket, b.key, b.provider, b.roles} {
		if err := step(made); err != nil {
			return nil, err
		}
	}
	return made, ctx.RegisterResourceOutputs(made, component.Outputs(made))
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
