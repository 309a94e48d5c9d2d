package fakecloud

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// previousKinds are what only the programs have that deployments are upgraded from.
var previousKinds = map[string]*kind{
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": groupRule(),
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   groupRule(),
}

// groupRule is a rule of a security group, and is deleted with it.
func groupRule() *kind {
	return &kind{
		identify: serial("sgr-", 17),
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("ec2", "security-group-rule/"+id), "securityGroupRuleId": id}
		},
		replaces: []string{"securityGroupId"},
		needs: []need{
			{path: "securityGroupId", kind: groupType, missing: noGroup},
			{path: "referencedSecurityGroupId", kind: groupType, missing: noGroup, blocks: inUse},
		},
	}
}

// constructDefaultVpc makes no resources, it only looks up.
// https://github.com/pulumi/pulumi-awsx/blob/v2.22.0/awsx/ec2/getDefaultVpc.ts
func constructDefaultVpc(ctx *pulumi.Context, typ, name string, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
	component := &vpcComponent{}
	if err := ctx.RegisterComponentResource(typ, name, component, options); err != nil {
		return nil, err
	}
	find := func(function, filter string, values []string) ([]string, error) {
		var found struct {
			IDs []string `pulumi:"ids"`
		}
		filters := []any{map[string]any{"name": filter, "values": values}}
		err := ctx.Invoke(function, map[string]any{"filters": filters}, &found, pulumi.Parent(component), pulumi.Version(awsVersion))
		return found.IDs, err
	}
	vpcs, err := find("aws:ec2/getVpcs:getVpcs", "is-default", []string{"true"})
	if err != nil {
		return nil, err
	}
	subnets, err := find("aws:ec2/getSubnets:getSubnets", "vpc-id", vpcs)
	if err != nil {
		return nil, err
	}
	component.VpcID = pulumi.String(vpcs[0]).ToStringOutput()
	component.PublicSubnetIDs = pulumi.ToStringArray(subnets).ToStringArrayOutput()
	return provider.NewConstructResult(component)
}
