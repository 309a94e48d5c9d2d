// Package componentstest runs a Pulumi program under mocks and records every
// resource that it registers, for tests of the components and of programs that use
// them:
//
//	graph, err := componentstest.Run(t, program)
//	require.NoError(t, err)
//	queue := graph.One(t, "aws:sqs/queue:Queue", "ingest-prod-emails-queue")
//	assert.Equal(t, 60.0, queue.Plain("visibilityTimeoutSeconds"))
//
// The mocks return what the components need of AWS: ARNs, URLs, the region, the
// account, a default VPC and the digests of images. The components reject an empty
// ARN, so mocks of another kind must return ARNs, too.
package componentstest

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The account and the region of the mocked AWS.
const (
	Account = "123456789012"
	Region  = "eu-west-1"
)

// Resource is one resource as it was registered.
type Resource struct {
	// Type is its type token, as "aws:sqs/queue:Queue"; Name its logical name.
	Type, Name string
	// Inputs are plain values, secrets included.
	Inputs resource.PropertyMap
	// Parent is the URN of the parent.
	Parent string
	// DependsOn are the URNs of all that it waits for.
	DependsOn []string
	// IgnoreChanges and Protect are its options.
	IgnoreChanges []string
	Protect       bool
	// SecretInputs are the inputs that are secret.
	SecretInputs []string
}

// Call is one call of a provider's function.
type Call struct {
	Token string
	Args  resource.PropertyMap
}

// Answer returns the result of a provider's function.
type Answer func(args resource.PropertyMap) (resource.PropertyMap, error)

// Graph is what a program registered. It implements pulumi.MockResourceMonitor.
// The zero value is an AWS account with a default VPC.
type Graph struct {
	// Answers replace or extend the default results of functions, by token.
	Answers map[string]Answer
	// Outputs replace the default outputs of the resources of a type, such as the
	// ARN.
	Outputs map[string]resource.PropertyMap

	preview   bool
	mu        sync.Mutex
	resources []Resource
	calls     []Call
}

// Run runs a program under mocks and returns what it registered.
func Run(tb testing.TB, program func(*pulumi.Context) error) (*Graph, error) {
	tb.Helper()
	graph := &Graph{}
	return graph, graph.Run(tb, program)
}

// Run runs a program under this graph's mocks.
func (g *Graph) Run(tb testing.TB, program func(*pulumi.Context) error) error {
	tb.Helper()
	return pulumi.RunErr(program, pulumi.WithMocks("project", "stack", g))
}

// Preview runs a program as a preview of its first deployment does: what AWS
// assigns is not known.
func (g *Graph) Preview(tb testing.TB, program func(*pulumi.Context) error) error {
	tb.Helper()
	g.preview = true
	return pulumi.RunErr(program, pulumi.WithMocks("project", "stack", g), func(info *pulumi.RunInfo) { info.DryRun = true })
}

// NewResource implements pulumi.MockResourceMonitor: AWS answers with an ARN and
// an id that name the resource.
func (g *Graph) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	recorded := Resource{Type: args.TypeToken, Name: args.Name, Inputs: resource.PropertyMap{}}
	if rpc := args.RegisterRPC; rpc != nil {
		recorded.Parent, recorded.DependsOn = rpc.GetParent(), rpc.GetDependencies()
		recorded.IgnoreChanges, recorded.Protect = rpc.GetIgnoreChanges(), rpc.GetProtect()
	}
	for key, value := range args.Inputs {
		if value.IsSecret() {
			recorded.SecretInputs = append(recorded.SecretInputs, string(key))
			value = value.SecretValue().Element
		}
		recorded.Inputs[key] = value
	}
	g.mu.Lock()
	g.resources = append(g.resources, recorded)
	g.mu.Unlock()

	outputs := maps.Clone(recorded.Inputs)
	if g.preview {
		return "", outputs, nil
	}
	maps.Copy(outputs, made(args.TypeToken, args.Name, recorded.Inputs))
	maps.Copy(outputs, g.Outputs[args.TypeToken])
	return args.Name + "-id", outputs, nil
}

// elb begins the ARNs whose ends are what CloudWatch calls their resources.
const elb = "arn:aws:elasticloadbalancing:" + Region + ":" + Account + ":"

// made returns the outputs that AWS assigns to a resource.
func made(typeToken, name string, inputs resource.PropertyMap) resource.PropertyMap {
	outputs := resource.PropertyMap{"arn": text("arn:mock:" + name + ":" + typeToken)}
	if !inputs.HasValue("name") {
		outputs["name"] = text(name)
	}
	switch typeToken {
	case "aws:sqs/queue:Queue":
		outputs["url"] = text("https://sqs/" + name)
	case "aws:ecr/repository:Repository":
		outputs["repositoryUrl"] = text(Account + ".dkr.ecr." + Region + ".amazonaws.com/" + inputs["name"].StringValue())
	case "aws:lb/loadBalancer:LoadBalancer":
		outputs["arn"] = text(elb + "loadbalancer/app/" + name + "/1")
		outputs["dnsName"], outputs["zoneId"] = text(name+"."+Region+".elb.amazonaws.com"), text("ZALB")
	case "aws:lb/targetGroup:TargetGroup":
		outputs["arn"] = text(elb + "targetgroup/" + name + "/2")
	case "aws:acm/certificate:Certificate":
		outputs["domainValidationOptions"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
			"domainName": inputs["domainName"], "resourceRecordName": text("_x1." + inputs["domainName"].StringValue() + "."),
			"resourceRecordType": text("CNAME"), "resourceRecordValue": text("_x2.acm-validations.aws."),
		})})
	case "awsx:ec2:Vpc":
		outputs["vpcId"] = text("vpc-made")
		outputs["publicSubnetIds"] = resource.NewArrayProperty([]resource.PropertyValue{text("subnet-public")})
		outputs["isolatedSubnetIds"] = resource.NewArrayProperty([]resource.PropertyValue{text("subnet-isolated")})
	case "aws:cloudfront/distribution:Distribution":
		outputs["domainName"] = text("d111111abcdef8.cloudfront.net")
	case "aws:route53/record:Record":
		outputs["fqdn"] = inputs["name"]
	case "awsx:ecr:Image":
		outputs["imageUri"] = text(inputs["repositoryUrl"].StringValue() + ":" + inputs["imageTag"].StringValue() + "@" + Digest)
	}
	return outputs
}

// Digest is the digest of every image that the mocked AWS has.
const Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// Call implements pulumi.MockResourceMonitor.
func (g *Graph) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	g.mu.Lock()
	g.calls = append(g.calls, Call{Token: args.Token, Args: args.Args})
	g.mu.Unlock()
	if answer, given := g.Answers[args.Token]; given {
		return answer(args.Args)
	}
	switch args.Token {
	case "aws:index/getRegion:getRegion":
		return resource.PropertyMap{"name": text(Region)}, nil
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.PropertyMap{"accountId": text(Account)}, nil
	case "aws:ec2/getVpcs:getVpcs":
		return resource.PropertyMap{"ids": resource.NewArrayProperty([]resource.PropertyValue{text("vpc-0default")})}, nil
	case "aws:ec2/getSubnets:getSubnets":
		return resource.PropertyMap{"ids": resource.NewArrayProperty([]resource.PropertyValue{text("subnet-b"), text("subnet-a")})}, nil
	case "aws:ec2/getSubnet:getSubnet":
		// The zone is the last letter of the subnet's id.
		id := args.Args["id"].StringValue()
		return resource.PropertyMap{"id": text(id), "availabilityZoneId": text("euw1-az" + id[len(id)-1:])}, nil
	case "aws:ec2/getRouteTables:getRouteTables":
		return resource.PropertyMap{"ids": resource.NewArrayProperty([]resource.PropertyValue{text("rtb-1"), text("rtb-2")})}, nil
	case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
		return resource.PropertyMap{"id": text("pl-cloudfront")}, nil
	case "aws:ecr/getImage:getImage":
		return resource.PropertyMap{"imageDigest": text(Digest)}, nil
	case "aws:ecs/getService:getService":
		return g.service(args.Args["serviceName"].StringValue())
	default:
		return nil, fmt.Errorf("componentstest: no result for the function %s; set one in Answers", args.Token)
	}
}

// service is what ECS runs of a service: what was deployed to it.
func (g *Graph) service(name string) (resource.PropertyMap, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, service := range g.Of("aws:ecs/service:Service") {
		if service.Inputs["name"].StringValue() == name {
			return resource.PropertyMap{"taskDefinition": service.Inputs["taskDefinition"], "desiredCount": service.Inputs["desiredCount"]}, nil
		}
	}
	return nil, fmt.Errorf("there is no service %s", name)
}

func text(value string) resource.PropertyValue { return resource.NewStringProperty(value) }
