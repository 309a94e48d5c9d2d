package dataconfig

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// placeholder is what the parameter is made with. The api rejects every request
// while it is there, and the real token is set out of band.
const placeholder = "CHANGEME"

// lasting are what is set when the parameter is made and never again. The provider
// writes a parameter as a whole: a new description would take the value along that
// the state knows, which is the placeholder. So would a new key: ingestctl sets the
// next token under it.
var lasting = []string{"value", "description", "keyId"}

// token makes the parameter, and never compares its value again: what an
// operator sets there stays, and is in no state file as text.
func (b *builder) token(out *DataConfig) error {
	parameter, err := ssm.NewParameter(b.Ctx, b.names.Named("token"), &ssm.ParameterArgs{
		Name:        pulumi.String(b.names.TokenParameter()),
		Description: pulumi.String(b.args.TokenParameterDescription),
		Type:        pulumi.String(ssm.ParameterTypeSecureString),
		Value:       pulumi.ToSecret(pulumi.String(placeholder)).(pulumi.StringOutput), //nolint:forcetypeassert // a string's secret is one
		KeyId:       b.encryption,
		Tags:        b.Tags,
	}, b.Child(
		pulumi.IgnoreChanges(lasting), pulumi.AdditionalSecretOutputs([]string{"value"}), pulumi.Protect(!b.args.PayloadForceDestroy),
	)...)
	if err != nil {
		return fmt.Errorf("making the token's parameter: %w", err)
	}
	out.TokenParameterName, out.TokenParameterArn = parameter.Name, parameter.Arn
	return nil
}
