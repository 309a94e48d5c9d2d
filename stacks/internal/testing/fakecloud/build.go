package fakecloud

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// imageComponent is awsx's image: a build and push by docker-build.
// https://github.com/pulumi/pulumi-awsx/blob/v2.22.0/awsx/ecr/image.ts
type imageComponent struct {
	pulumi.ResourceState

	ImageURI pulumi.StringOutput `pulumi:"imageUri"`
}

// dockerImage is the resource of docker-build that does it.
type dockerImage struct {
	pulumi.CustomResourceState

	Digest pulumi.StringOutput `pulumi:"digest"`
}

// imageArgs are the arguments of the component that are used here.
type imageArgs struct {
	RepositoryURL pulumi.StringInput    `pulumi:"repositoryUrl"`
	ImageTag      pulumi.StringInput    `pulumi:"imageTag"`
	Context       pulumi.StringInput    `pulumi:"context"`
	Platform      pulumi.StringInput    `pulumi:"platform"`
	Args          pulumi.StringMapInput `pulumi:"args"`
}

func constructImage(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
	var args imageArgs
	if err := inputs.CopyTo(&args); err != nil {
		return nil, err
	}
	component := &imageComponent{}
	if err := ctx.RegisterComponentResource(typ, name, component, options); err != nil {
		return nil, err
	}
	login := ctx.InvokeOutput("aws:ecr/getAuthorizationToken:getAuthorizationToken", map[string]any{}, pulumi.MapOutput{}, pulumi.InvokeOutputOptions{
		InvokeOptions: []pulumi.InvokeOption{pulumi.Parent(component), pulumi.Version(awsVersion)},
	}).(pulumi.MapOutput) //nolint:forcetypeassert // it is of the type that was asked for
	// awsx names the build after the tag, once both are known: a new tag is a new
	// resource, and the first preview shows none.
	digest := pulumi.All(args.RepositoryURL, args.ImageTag).ApplyT(func(known []any) (pulumi.StringOutput, error) {
		url, tag := known[0].(string), known[1].(string) //nolint:forcetypeassert // both are strings
		build := &dockerImage{}
		err := ctx.RegisterResource(buildType, tag, pulumi.Map{
			"tags":      pulumi.StringArray{pulumi.String(url + ":" + tag)},
			"buildArgs": args.Args,
			"context":   pulumi.Map{"location": args.Context},
			"platforms": pulumi.StringArray{args.Platform},
			"push":      pulumi.Bool(true),
			// docker-build keeps them with the image, in the state.
			"registries": pulumi.MapArray{pulumi.Map{
				"address":  login.MapIndex(pulumi.String("proxyEndpoint")),
				"username": login.MapIndex(pulumi.String("userName")),
				"password": login.MapIndex(pulumi.String("password")),
			}},
		}, build, pulumi.Parent(component), pulumi.Version(dockerBuildVersion))
		return build.Digest, err
	}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to a string's output gives no other
	component.ImageURI = pulumi.Sprintf("%s@%s", args.RepositoryURL, digest)
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"imageUri": component.ImageURI}); err != nil {
		return nil, err
	}
	return provider.NewConstructResult(component)
}
