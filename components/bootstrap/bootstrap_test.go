package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNew_resourceGraph(t *testing.T) {
	args := required()
	args.Owner, args.Tags = "platform team", map[string]string{"CostCenter": "42"}
	graph := build(t, args)
	assert.Equal(t, map[string]int{
		bootstrap.Type:                                 1,
		"aws:s3/bucketV2:BucketV2":                     1,
		"aws:s3/bucketVersioningV2:BucketVersioningV2": 1,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": 1,
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     1,
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     1,
		"aws:s3/bucketPolicy:BucketPolicy":                                                           1,
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       1,
		"aws:kms/key:Key":     1,
		"aws:kms/alias:Alias": 1,
		"aws:iam/openIdConnectProvider:OpenIdConnectProvider": 1,
		roleType:   4,
		policyType: 20,
		attachType: 20,
		"aws:iam/rolePoliciesExclusive:RolePoliciesExclusive":                   4,
		"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": 4,
	}, graph.Types())
	graph.AssertDescent(t, bootstrap.Type)
	graph.AssertTags(t, map[string]string{
		"Project": "ingest", "Environment": "shared", "ManagedBy": "Pulumi", "Owner": "platform team", "CostCenter": "42",
	}, "aws:s3/bucketV2:BucketV2", "aws:kms/key:Key", "aws:iam/openIdConnectProvider:OpenIdConnectProvider", roleType, policyType)
}

func TestPolicies_areAttachedToTheirRoles(t *testing.T) {
	graph := build(t, required())
	for role, names := range policiesOf {
		made := graph.One(t, roleType, "ingest-github-actions-"+role)
		assert.Equal(t, "ingest-github-actions-"+role, made.Plain("name"))
		assert.Contains(t, made.Parent, bootstrap.Type, made.Parent)
		inline := graph.One(t, "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive", made.Name)
		assert.Equal(t, made.Name, inline.Plain("roleName"))
		assert.Equal(t, []any{}, inline.Plain("policyNames"))
		attached := graph.One(t, "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", made.Name)
		assert.Equal(t, made.Name, attached.Plain("roleName"))
		for _, name := range names {
			policy := graph.One(t, policyType, "ingest-github-actions-"+role+"-"+name)
			assert.Equal(t, "ingest-github-actions-"+role+"-"+name, policy.Plain("name"))
			attachment := graph.One(t, attachType, policy.Name)
			assert.Equal(t, "ingest-github-actions-"+role, attachment.Plain("role"))
			assert.Equal(t, "arn:mock:"+policy.Name+":"+policyType, attachment.Plain("policyArn"))
			assert.Contains(t, attached.Plain("policyArns"), attachment.Plain("policyArn"))
			assert.True(t, attached.WaitsFor(attachment))
		}
		assert.Len(t, attached.Plain("policyArns"), len(names), "and no other policy")
	}
}

func TestKey_rotatesAndIsProtected(t *testing.T) {
	graph := build(t, required())
	key := graph.One(t, "aws:kms/key:Key", "ingest-state")
	assert.Equal(t, true, key.Plain("enableKeyRotation"), "Security Hub KMS.4")
	assert.InDelta(t, 30.0, key.Plain("deletionWindowInDays"), 0, "FSBP KMS.3: time to undo")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"EnableIamPolicies","Effect":"Allow",
		"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}]}`, key.Plain("policy").(string), "FSBP KMS.5: the account alone")
	assert.True(t, key.Protect)
	alias := graph.One(t, "aws:kms/alias:Alias", "ingest-state")
	assert.Equal(t, "alias/ingest-pulumi", alias.Plain("name"))
}

func TestOIDCProvider_hasNoThumbprint(t *testing.T) {
	provider := build(t, required()).One(t, "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "ingest-github")
	assert.Equal(t, "https://token.actions.githubusercontent.com", provider.Plain("url"))
	assert.Equal(t, []any{"sts.amazonaws.com"}, provider.Plain("clientIdLists"))
	assert.False(t, provider.Inputs.HasValue("thumbprintLists"))
}

func TestOIDCProvider_given_isUsed(t *testing.T) {
	args := required()
	args.OIDCProviderArn = iamARN("oidc-provider/token.actions.githubusercontent.com")
	graph := build(t, args)
	assert.Zero(t, graph.Types()["aws:iam/openIdConnectProvider:OpenIdConnectProvider"])
	assert.Contains(t, graph.One(t, roleType, "ingest-github-actions-cd").Plain("assumeRolePolicy"), `"Federated":"`+args.OIDCProviderArn+`"`)
}

func TestProtection_isRemovedByTheSettingOnly(t *testing.T) {
	graph := build(t, required())
	bucket := graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-state")
	assert.True(t, bucket.Protect)
	assert.Equal(t, false, bucket.Plain("forceDestroy"))

	args, no := required(), false
	args.ProtectState = &no
	graph = build(t, args)
	bucket = graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-state")
	assert.False(t, bucket.Protect)
	assert.Equal(t, true, bucket.Plain("forceDestroy"), "earlier versions of the state stay behind when it moves")
	assert.False(t, graph.One(t, "aws:kms/key:Key", "ingest-state").Protect)
}

func TestOutputs_namesAndValues(t *testing.T) {
	want := map[string]any{
		"stateBucketName":       "ingest-pulumi-state-eu-west-1-123456789012",
		"stateBackendUrl":       "s3://ingest-pulumi-state-eu-west-1-123456789012?region=eu-west-1",
		"secretsProvider":       "awskms://alias/ingest-pulumi?region=eu-west-1",
		"githubOidcProviderArn": providerARN,
	}
	for output, role := range map[string]string{"Ci": "ci", "Cd": "cd", "Preview": "preview", "Drift": "drift"} {
		want["githubActions"+output+"RoleName"] = "ingest-github-actions-" + role
		want["githubActions"+output+"RoleArn"] = "arn:mock:ingest-github-actions-" + role + ":" + roleType
	}
	assert.Equal(t, want, componentstest.Outputs(t, bootstrap.New, required()))
}

func TestRegionAndAccount_given_areNotLookedUp(t *testing.T) {
	args := required()
	args.Region, args.AccountID = "us-gov-west-1", "210987654321"
	graph := build(t, args)
	assert.Equal(t, "ingest-pulumi-state-us-gov-west-1-210987654321", graph.One(t, "aws:s3/bucketV2:BucketV2", "ingest-state").Plain("bucket"))
	assert.Contains(t, graph.One(t, policyType, "ingest-github-actions-ci-images").Plain("policy"),
		`"arn:aws-us-gov:ecr:us-gov-west-1:210987654321:repository/ingest-prod-api"`)
}

// Example is a program that uses the component, with the required arguments only.
func Example() {
	program := func(ctx *pulumi.Context) error {
		account, err := bootstrap.New(ctx, "bootstrap", &bootstrap.Args{
			GithubOwner: "acme", GithubRepo: "ingest",
		})
		if err != nil {
			return err
		}
		account.Export(ctx)
		return nil
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks("example", "prod", &componentstest.Graph{})); err != nil {
		panic(err)
	}
	// Output:
}

func TestNew_twoProjects_fitIntoOneProgram(t *testing.T) {
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		for _, project := range []string{"ingest", "mail"} {
			args := required()
			args.Project = project
			if _, err := bootstrap.New(ctx, project, &args); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 8, graph.Types()[roleType])
	assert.NotEqual(t, graph.One(t, roleType, "ingest-github-actions-cd").Plain("name"), graph.One(t, roleType, "mail-github-actions-cd").Plain("name"))
}
