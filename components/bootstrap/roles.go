package bootstrap

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/rolepolicies"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// role is one of the four roles that GitHub's workflows assume.
type role struct {
	// name is the end of the role's name and of its outputs' names.
	name        string
	description string
	// subject is the end of the subjects that may assume it.
	subject string
	grants  []grant
	// state is nil for a role that does not run Pulumi.
	state *stateAccess
	// arn and roleName point to the outputs.
	arn, roleName *pulumi.StringOutput
}

// grant is one policy of a role. They are managed ones, each made for its role:
// what cd needs is longer than IAM allows all inline policies of a role to be.
type grant struct {
	name     string
	document iamdoc.Document
}

// roleSpecs are the four roles, with pointers to their outputs in out.
func (b *builder) roleSpecs(out *Bootstrap) []role {
	s, projects := b.scope, b.args.PulumiProjects
	layers := []string{projects.DataConfig, projects.Compute}
	return []role{
		{
			name: "ci", description: "Pushes the images of " + s.project,
			subject: b.args.byBranch(), grants: s.ciGrants(),
			arn: &out.GithubActionsCIRoleArn, roleName: &out.GithubActionsCIRoleName,
		},
		{
			name: "cd", description: "Deploys compute of " + s.project,
			subject: b.args.byDeployment(), grants: s.cdGrants(),
			state: &stateAccess{read: layers, write: []string{projects.Compute}},
			arn:   &out.GithubActionsCDRoleArn, roleName: &out.GithubActionsCDRoleName,
		},
		{
			name: "preview", description: "Previews pull requests of " + s.project,
			subject: b.args.byPullRequest(), grants: s.previewGrants(),
			state: &stateAccess{read: layers},
			arn:   &out.GithubActionsPreviewRoleArn, roleName: &out.GithubActionsPreviewRoleName,
		},
		{
			name: "drift", description: "Compares " + s.project + " with what is deployed",
			subject: b.args.byBranch(), grants: s.driftGrants(),
			state: &stateAccess{read: append([]string{projects.Bootstrap}, layers...), describeKey: true},
			arn:   &out.GithubActionsDriftRoleArn, roleName: &out.GithubActionsDriftRoleName,
		},
	}
}

func (b *builder) roles(out *Bootstrap) error {
	for _, r := range b.roleSpecs(out) {
		if err := b.role(r, out.GithubOIDCProviderArn); err != nil {
			return fmt.Errorf("making the role %s: %w", r.name, err)
		}
	}
	return nil
}

// role makes one role with its policies and no others. A preview shows them as
// text, except the one that names the key, whose ARN KMS assigns.
func (b *builder) role(r role, provider pulumi.StringOutput) error {
	name := b.scope.role(r.name)
	made, err := iam.NewRole(b.Ctx, name, &iam.RoleArgs{
		Name:        pulumi.String(name),
		Description: pulumi.String(r.description),
		AssumeRolePolicy: iamdoc.Output(func(arns []string) iamdoc.Document { return b.args.trust(arns[0], r.subject) },
			iamdoc.ARN{Of: "the OIDC provider for GitHub", Value: provider}),
		Tags: b.Tags,
	}, b.Child()...)
	if err != nil {
		return err
	}
	*r.arn, *r.roleName = made.Arn, made.Name
	var all rolepolicies.Policies
	attach := func(grant string, document pulumi.StringInput) error {
		policy, err := iam.NewPolicy(b.Ctx, name+"-"+grant, &iam.PolicyArgs{
			Name:        pulumi.String(name + "-" + grant),
			Description: pulumi.String(r.description + ": " + grant),
			Policy:      document,
			Tags:        b.Tags,
		}, b.Child()...)
		if err != nil {
			return err
		}
		attachment, err := iam.NewRolePolicyAttachment(b.Ctx, name+"-"+grant, &iam.RolePolicyAttachmentArgs{
			Role: made.Name, PolicyArn: policy.Arn,
		}, b.Child()...)
		all.Managed, all.Resources = append(all.Managed, policy.Arn), append(all.Resources, attachment)
		return err
	}
	for _, g := range r.grants {
		document, err := g.document.Render()
		if err != nil {
			return fmt.Errorf("writing the policy %s: %w", g.name, err)
		}
		if err := attach(g.name, pulumi.String(document)); err != nil {
			return err
		}
	}
	if r.state != nil {
		if err := attach("state", iamdoc.Output(func(arns []string) iamdoc.Document {
			return b.scope.stateDocument(*r.state, arns[0])
		}, iamdoc.ARN{Of: "the key " + b.scope.alias(), Value: b.keyArn})); err != nil {
			return err
		}
	}
	return rolepolicies.Exclusive(b.Ctx, name, made, all, b.Child()...)
}

// Limits of IAM, in characters without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxManagedPolicy = 6_144
	maxTrustPolicy   = 2_048
)

// checkSizes names the policies that IAM would reject for their length. They grow with
// the environments, each of which is named in every right.
func (b *builder) checkSizes() error {
	// A key's ARN ends with a UUID.
	key := b.scope.regional("kms", "key/"+strings.Repeat("0", 36))
	var wrong []error
	for _, r := range b.roleSpecs(&Bootstrap{}) {
		wrong = append(wrong, b.fits("the trust policy of "+r.name, maxTrustPolicy, b.args.trust(b.scope.provider(), r.subject)))
		for _, g := range r.grants {
			wrong = append(wrong, b.fits("the policy "+g.name+" of "+r.name, maxManagedPolicy, g.document))
		}
		if r.state != nil {
			wrong = append(wrong, b.fits("the policy state of "+r.name, maxManagedPolicy, b.scope.stateDocument(*r.state, key)))
		}
	}
	return errors.Join(wrong...)
}

func (b *builder) fits(what string, limit int, document iamdoc.Document) error {
	text, err := document.Render()
	if err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	if size := len(strings.Join(strings.Fields(text), "")); size > limit {
		return fmt.Errorf("%s has %d characters with %d environments; IAM allows %d: deploy a second bootstrap under another project for some of the environments",
			what, size, len(b.scope.environments), limit)
	}
	return nil
}
