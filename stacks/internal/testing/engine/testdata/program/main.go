// Program is what the tests of the harness deploy.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	awsxecr "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() { pulumi.Run(deploy) }

func deploy(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	bucket, err := s3.NewBucketV2(ctx, "bucket", &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(settings.GetBool("forceDestroy")),
		Tags:         pulumi.StringMap{"Owner": pulumi.String("tests")},
	})
	if err != nil {
		return err
	}
	parameter, err := ssm.NewParameter(ctx, "token", &ssm.ParameterArgs{
		Name: pulumi.String("/program/token"), Type: pulumi.String("SecureString"), Value: pulumi.String("CHANGEME"),
		Tags: pulumi.StringMap{"Owner": pulumi.String(settings.Get("owner"))},
	}, pulumi.IgnoreChanges([]string{"value"}))
	if err != nil {
		return err
	}
	repository, err := ecr.NewRepository(ctx, "images", &ecr.RepositoryArgs{
		Name: pulumi.String("images"), ImageTagMutability: pulumi.String("IMMUTABLE"), ForceDelete: pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	image, err := awsxecr.NewImage(ctx, "image", &awsxecr.ImageArgs{
		RepositoryUrl: repository.RepositoryUrl, ImageTag: pulumi.String("v1"), Context: pulumi.String("."),
	})
	if err != nil {
		return err
	}
	ctx.Export("bucket", bucket.Bucket)
	ctx.Export("bucketArn", bucket.Arn)
	ctx.Export("parameter", parameter.Name)
	ctx.Export("image", image.ImageUri)
	return nil
}
