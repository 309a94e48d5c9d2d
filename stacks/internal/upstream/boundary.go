package upstream

import (
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Boundary is the account that is deployed to, and the ARN of the permissions
// boundary that bootstrap has made there. The deploying role may create roles
// under it only.
func Boundary(ctx *pulumi.Context, project string) (account, arn string, err error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", "", fmt.Errorf("asking for the account: %w", err)
	}
	// The caller's ARN names the partition: arn:<partition>:sts::<account>:…
	parts := strings.SplitN(caller.Arn, ":", 3)
	if len(parts) < 3 {
		return "", "", fmt.Errorf("asking for the account: the caller is %q, which is no ARN", caller.Arn)
	}
	return caller.AccountId, fmt.Sprintf("arn:%s:iam::%s:policy/%s", parts[1], caller.AccountId, naming.Boundary(project)), nil
}
