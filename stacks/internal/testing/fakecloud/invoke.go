package fakecloud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// functions are what can be asked of the account, by the functions' tokens.
var functions = map[string]func(c *Cloud, args resource.PropertyMap) (outputs, error){
	"aws:index/getRegion:getRegion": func(c *Cloud, _ resource.PropertyMap) (outputs, error) {
		return outputs{"id": c.region, "name": c.region, "endpoint": "ec2." + c.region + ".amazonaws.com", "description": c.region}, nil
	},
	"aws:index/getCallerIdentity:getCallerIdentity": func(*Cloud, resource.PropertyMap) (outputs, error) {
		return outputs{"id": Account, "accountId": Account, "arn": iamArn("user/engine"), "userId": "AIDA00000000000000000"}, nil
	},
	"aws:ec2/getVpcs:getVpcs":                           getVpcs,
	"aws:ec2/getSubnets:getSubnets":                     getSubnets,
	"aws:ec2/getRouteTables:getRouteTables":             getRouteTables,
	"aws:ec2/getSubnet:getSubnet":                       getSubnet,
	"aws:ecr/getImage:getImage":                         getImage,
	"aws:ec2/getManagedPrefixList:getManagedPrefixList": getManagedPrefixList,
	"aws:ecs/getService:getService":                     getService,
	"aws:ecr/getAuthorizationToken:getAuthorizationToken": func(c *Cloud, _ resource.PropertyMap) (outputs, error) {
		return outputs{
			"id": c.region, "userName": "AWS", "password": resource.MakeSecret(resource.NewStringProperty("registry-password")),
			"proxyEndpoint": "https://" + c.registry(), "authorizationToken": resource.MakeSecret(resource.NewStringProperty("QVdTOnJlZ2lzdHJ5LXBhc3N3b3Jk")),
			"expiresAt": made,
		}, nil
	},
}

func (p *custom) Invoke(_ context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	token := string(req.Tok)
	ask, known := functions[token]
	if !known {
		return plugin.InvokeResponse{}, fmt.Errorf("the fake AWS account knows no function %s: answer it in stacks/internal/testing/fakecloud", token)
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.failing(Invoke, token)
	var answer outputs
	if err == nil {
		answer, err = ask(c, plainMap(req.Args))
	}
	c.record(Call{Op: Invoke, Type: token}, err)
	if err != nil {
		return plugin.InvokeResponse{}, fmt.Errorf("invoking %s: 1 error occurred:\n\t* %w", token, err)
	}
	properties := resource.PropertyMap{}
	for name, value := range answer {
		properties[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
	}
	return plugin.InvokeResponse{Properties: properties}, nil
}

// filtered are the values of a filter of EC2, or nil without a filter of that
// name.
func filtered(args resource.PropertyMap, name string) []string {
	for _, filter := range flatten([]resource.PropertyValue{args["filters"]}) {
		if filter.IsObject() && text(filter.ObjectValue(), "name") == name {
			return texts(filter.ObjectValue(), "values")
		}
	}
	return nil
}

// getVpcs finds the default VPC, the only one.
func getVpcs(c *Cloud, args resource.PropertyMap) (outputs, error) {
	ids := []any{}
	if wanted := filtered(args, "is-default"); c.vpc != nil && (wanted == nil || slices.Contains(wanted, "true")) {
		ids = append(ids, c.vpc.id)
	}
	return outputs{"id": c.region, "ids": ids}, nil
}

// getSubnets finds subnets of the default VPC, all of which are public.
func getSubnets(c *Cloud, args resource.PropertyMap) (outputs, error) {
	ids := []any{}
	public := filtered(args, "map-public-ip-on-launch")
	if c.vpc != nil && slices.Contains(filtered(args, "vpc-id"), c.vpc.id) && (public == nil || slices.Contains(public, "true")) {
		for _, subnet := range c.vpc.subnets {
			ids = append(ids, subnet.id)
		}
	}
	return outputs{"id": c.region, "ids": ids}, nil
}

// getImage finds an image by its tag, or fails with the provider's message:
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/ecr/image_data_source.go
func getImage(c *Cloud, args resource.PropertyMap) (outputs, error) {
	repository, tag := text(args, "repositoryName"), text(args, "imageTag")
	if c.find(repositoryType, repository) == nil {
		return nil, errors.New("reading ECR Images: couldn't find resource")
	}
	digest, there := c.pushed[repository][tag]
	if !there {
		return nil, fmt.Errorf("reading ECR Images: operation error ECR: DescribeImages, https response error StatusCode: 400, "+
			"RequestID: 00000000-0000-4000-8000-000000000000, ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'%s'} "+
			"does not exist within the repository with name '%s' in the registry with id '%s'", tag, repository, Account)
	}
	var tags []any
	for other, of := range c.pushed[repository] {
		if of == digest {
			tags = append(tags, other)
		}
	}
	return outputs{
		"id": digest, "imageDigest": digest, "imageTag": tag, "imageTags": tags, "imagePushedAt": 1767225600, "imageSizeInBytes": 20_000_000,
		"imageUri": c.registry() + "/" + repository + "@" + digest, "registryId": Account, "repositoryName": repository,
	}, nil
}
