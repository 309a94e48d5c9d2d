package bootstrap

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// provider makes GitHub known to IAM, or takes the provider that is there. IAM
// checks GitHub's certificate against its own list of authorities, so thumbprints
// would only be one more thing to expire.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func (b *builder) provider(out *Bootstrap) error {
	if b.args.OIDCProviderArn != "" {
		out.GithubOIDCProviderArn = pulumi.String(b.args.OIDCProviderArn).ToStringOutput()
		return nil
	}
	provider, err := iam.NewOpenIdConnectProvider(b.Ctx, b.named("github"), &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String("https://" + issuer),
		ClientIdLists: pulumi.StringArray{pulumi.String(audience)},
		Tags:          b.Tags,
	}, b.Child()...)
	if err != nil {
		return fmt.Errorf("making the OIDC provider for GitHub: %w", err)
	}
	out.GithubOIDCProviderArn = provider.Arn
	return nil
}
