// Package bootstrap makes what an account needs once before Pulumi and GitHub
// Actions can deploy to it: a bucket for state, a key for the secrets in it, trust
// in one GitHub repository's tokens, and four roles for its workflows, each with
// no more rights than its work takes.
package bootstrap

import (
	"errors"
	"fmt"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type is the component's type token.
const Type = "ingest:bootstrap:Bootstrap"

// Bootstrap is the component. Its outputs are what Pulumi's command line and the
// workflows have to be told.
type Bootstrap struct {
	pulumi.ResourceState

	StateBucketName pulumi.StringOutput `pulumi:"stateBucketName"`
	// StateBackendUrl is for `pulumi login`.
	StateBackendUrl pulumi.StringOutput `pulumi:"stateBackendUrl"`
	// SecretsProvider is for `pulumi stack init --secrets-provider`.
	SecretsProvider       pulumi.StringOutput `pulumi:"secretsProvider"`
	GithubOidcProviderArn pulumi.StringOutput `pulumi:"githubOidcProviderArn"`

	GithubActionsCiRoleArn       pulumi.StringOutput `pulumi:"githubActionsCiRoleArn"`
	GithubActionsCiRoleName      pulumi.StringOutput `pulumi:"githubActionsCiRoleName"`
	GithubActionsCdRoleArn       pulumi.StringOutput `pulumi:"githubActionsCdRoleArn"`
	GithubActionsCdRoleName      pulumi.StringOutput `pulumi:"githubActionsCdRoleName"`
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
	settings := args.withDefaults()
	if err := settings.validate(); err != nil {
		return nil, fmt.Errorf("checking the arguments of Bootstrap %s:\n%w", name, err)
	}
	component := &Bootstrap{}
	if err := ctx.RegisterComponentResource(Type, name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering Bootstrap %s: %w", name, err)
	}
	b := &builder{ctx: ctx, args: settings, parent: component}
	if err := b.locate(); err != nil {
		return nil, err
	}
	for _, step := range []func(*Bootstrap) error{b.stateBucket, b.key, b.provider, b.roles} {
		if err := step(component); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, component.outputs())
}

func (b *Bootstrap) outputs() pulumi.Map {
	return pulumi.Map{
		"stateBucketName":              b.StateBucketName,
		"stateBackendUrl":              b.StateBackendUrl,
		"secretsProvider":              b.SecretsProvider,
		"githubOidcProviderArn":        b.GithubOidcProviderArn,
		"githubActionsCiRoleArn":       b.GithubActionsCiRoleArn,
		"githubActionsCiRoleName":      b.GithubActionsCiRoleName,
		"githubActionsCdRoleArn":       b.GithubActionsCdRoleArn,
		"githubActionsCdRoleName":      b.GithubActionsCdRoleName,
		"githubActionsPreviewRoleArn":  b.GithubActionsPreviewRoleArn,
		"githubActionsPreviewRoleName": b.GithubActionsPreviewRoleName,
		"githubActionsDriftRoleArn":    b.GithubActionsDriftRoleArn,
		"githubActionsDriftRoleName":   b.GithubActionsDriftRoleName,
	}
}

// Export makes every output of the component one of the stack.
func (b *Bootstrap) Export(ctx *pulumi.Context) {
	for name, value := range b.outputs() {
		ctx.Export(name, value)
	}
}

// builder registers the parts of one component.
type builder struct {
	ctx    *pulumi.Context
	args   Args
	parent *Bootstrap
	scope  scope
	keyArn pulumi.StringOutput
}

// child are the options of every resource within the component.
func (b *builder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.parent)}, more...)
}

// named is a logical name. It begins with the project, since Pulumi tells the
// children of two components of one type apart by their names alone.
func (b *builder) named(name string) string { return b.args.Project + "-" + name }

func (b *builder) tags() pulumi.StringMap { return pulumi.ToStringMap(b.args.tags().Map()) }

// locate asks AWS for the region and the account where they are not given, and
// checks what depends on them: the bucket's name, whose provider it is, and
// whether IAM takes the policies.
func (b *builder) locate() error {
	if b.args.Region == "" {
		answer, err := aws.GetRegion(b.ctx, nil, pulumi.Parent(b.parent))
		if err != nil {
			return fmt.Errorf("asking for the region: %w", err)
		}
		b.args.Region = answer.Name
		if err := region(b.args.Region); err != nil {
			return err
		}
	}
	if b.args.AccountID == "" {
		caller, err := aws.GetCallerIdentity(b.ctx, nil, pulumi.Parent(b.parent))
		if err != nil {
			return fmt.Errorf("asking for the account: %w", err)
		}
		b.args.AccountID = caller.AccountId
	}
	b.scope = scope{
		region: b.args.Region, account: b.args.AccountID,
		project: b.args.Project, environments: b.args.Environments,
	}
	wrong := []error{naming.Bucket.Check(b.scope.stateBucket()), b.checkSizes()}
	for _, name := range []string{"ci", "cd", "preview", "drift"} {
		wrong = append(wrong, naming.Role.Check(b.scope.role(name)))
	}
	if given := b.args.OidcProviderArn; given != "" && given != b.scope.provider() {
		wrong = append(wrong, fmt.Errorf("oidcProviderArn is %q; allowed is the account's own, %s", given, b.scope.provider()))
	}
	return errors.Join(wrong...)
}
