package fakecloud

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

const (
	vpcType    = "aws:ec2/vpc:Vpc"
	subnetType = "aws:ec2/subnet:Subnet"

	// vpcID is the attribute that names the VPC of something.
	vpcID = "vpcId"

	noVpc    = "InvalidVpcID.NotFound: The vpc ID '%s' does not exist"
	noSubnet = "InvalidSubnetID.NotFound: The subnet ID '%s' does not exist"
)

var vpcKinds = map[string]*kind{
	vpcType: {identify: serial("vpc-", 17), replaces: []string{"cidrBlock"}},
	subnetType: {
		identify: serial("subnet-", 17), replaces: []string{vpcID, "cidrBlock", "availabilityZone"},
		needs: []need{{path: vpcID, kind: vpcType, missing: noVpc, blocks: inUse}},
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		identify: serial("vpce-", 17), replaces: []string{vpcID, "serviceName", "vpcEndpointType"},
		needs: []need{
			{path: vpcID, kind: vpcType, missing: noVpc, blocks: inUse},
			{path: "subnetIds", kind: subnetType, missing: noSubnet, blocks: inUse},
			{path: "securityGroupIds", kind: groupType, missing: noGroup, blocks: inUse},
		},
	},
}

// hasVpc reports whether a VPC is the default one or one that was made.
func (c *Cloud) hasVpc(id string) bool {
	return c.vpc != nil && c.vpc.id == id || c.find(vpcType, id) != nil
}

// getRouteTables finds the one route table that each VPC has here.
func getRouteTables(c *Cloud, args resource.PropertyMap) (outputs, error) {
	id := text(args, vpcID)
	if !c.hasVpc(id) {
		return nil, refusal(noVpc, id)
	}
	return outputs{"id": c.region, "ids": []any{"rtb" + id[len("vpc"):]}}, nil
}

// vpcComponent is awsx's VPC: the parts of it that components use.
// https://github.com/pulumi/pulumi-awsx/blob/v2.22.0/awsx/ec2/vpc.ts
type vpcComponent struct {
	pulumi.ResourceState

	VpcID             pulumi.StringOutput      `pulumi:"vpcId"`
	PublicSubnetIDs   pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	IsolatedSubnetIDs pulumi.StringArrayOutput `pulumi:"isolatedSubnetIds"`
}

type vpcArgs struct {
	Zones int                   `pulumi:"numberOfAvailabilityZones"`
	Tags  pulumi.StringMapInput `pulumi:"tags"`
}

func constructVpc(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
	var args vpcArgs
	if err := inputs.CopyTo(&args); err != nil {
		return nil, err
	}
	component := &vpcComponent{}
	if err := ctx.RegisterComponentResource(typ, name, component, options); err != nil {
		return nil, err
	}
	child := func(typ, name string, inputs pulumi.Map) (pulumi.StringOutput, error) {
		made := &pulumi.CustomResourceState{}
		inputs["tags"] = args.Tags
		err := ctx.RegisterResource(typ, name, inputs, made, pulumi.Parent(component), pulumi.Version(awsVersion))
		return made.ID().ToStringOutput(), err
	}
	id, err := child(vpcType, name, pulumi.Map{"cidrBlock": pulumi.String("10.0.0.0/16")})
	if err != nil {
		return nil, err
	}
	var public, isolated pulumi.StringArray
	for zone := range args.Zones {
		for i, ids := range []*pulumi.StringArray{&public, &isolated} {
			subnet, err := child(subnetType, fmt.Sprintf("%s-%d-%d", name, i, zone), pulumi.Map{
				vpcID: id, "cidrBlock": pulumi.Sprintf("10.0.%d.0/24", 2*zone+i), "mapPublicIpOnLaunch": pulumi.Bool(i == 0),
			})
			if err != nil {
				return nil, err
			}
			*ids = append(*ids, subnet)
		}
	}
	component.VpcID, component.PublicSubnetIDs, component.IsolatedSubnetIDs = id, public.ToStringArrayOutput(), isolated.ToStringArrayOutput()
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{
		vpcID: component.VpcID, "publicSubnetIds": component.PublicSubnetIDs, "isolatedSubnetIds": component.IsolatedSubnetIDs,
	}); err != nil {
		return nil, err
	}
	return provider.NewConstructResult(component)
}
