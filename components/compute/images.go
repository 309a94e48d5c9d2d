package compute

import (
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	awsx "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// images are what the services run, by digest, and the ARNs of the repositories
// that they are pulled from.
type images struct {
	api, worker pulumi.StringOutput
	sources     pulumi.StringArray
}

// resolveImages makes the repositories, and finds or builds what the task
// definitions pin.
func (b *builder) resolveImages(out *Compute) (images, error) {
	var all images
	for _, service := range []struct {
		name       string
		image      Image
		url, given *pulumi.StringOutput
		pinned     *pulumi.StringOutput
	}{
		{name: apiName, image: b.args.API, url: &out.EcrAPIRepositoryURL, given: &out.APIImage, pinned: &all.api},
		{name: workerName, image: b.args.Worker, url: &out.EcrWorkerRepositoryURL, given: &out.WorkerImage, pinned: &all.worker},
	} {
		repository, err := b.repository(service.name)
		if err != nil {
			return all, err
		}
		*service.url = repository.RepositoryUrl
		all.sources = append(all.sources, repository.Arn)
		image, err := b.image(service.name, service.image, repository)
		if err != nil {
			return all, err
		}
		*service.given, *service.pinned = image, image
		if elsewhere := repositoryArn(service.image.Reference); elsewhere != "" {
			all.sources = append(all.sources, pulumi.String(elsewhere))
		}
	}
	return all, nil
}

// image is a service's image by digest, in the one way that it is named.
func (b *builder) image(service string, image Image, repository *ecr.Repository) (pulumi.StringOutput, error) {
	switch {
	case image.Reference != "":
		reference, err := pinned(image.Reference)
		return pulumi.String(reference).ToStringOutput(), err
	case image.Tag != "":
		return b.tagged(repository, image.Tag), nil
	default:
		return b.built(service, repository)
	}
}

// tagged finds the digest of a tag. It asks through the repository's URL, which
// is not known before the repository is made: a first preview has nothing to ask.
func (b *builder) tagged(repository *ecr.Repository, tag string) pulumi.StringOutput {
	return repository.RepositoryUrl.ApplyT(func(url string) (string, error) {
		found, err := ecr.GetImage(b.ctx, &ecr.GetImageArgs{
			RepositoryName: repositoryName(url), ImageTag: &tag,
		}, pulumi.Parent(b.parent))
		if err != nil {
			return "", noImage(url, tag, b.args.Region, err)
		}
		return url + "@" + found.ImageDigest, nil
	}).(pulumi.StringOutput) //nolint:forcetypeassert // a function to string gives no other
}

// noImage says what to do about a tag that could not be resolved.
func noImage(url, tag, region string, cause error) error {
	if !missing(cause) {
		return fmt.Errorf("asking ECR for the image %s:%s: %w", url, tag, cause)
	}
	registry, name, _ := strings.Cut(url, "/")
	return fmt.Errorf(`the ECR repository %s has no image tagged %q. Push it:
  aws ecr get-login-password --region %s | docker login --username AWS --password-stdin %s
  docker push %s:%s
or name a tag that it has: aws ecr list-images --region %s --repository-name %s (%w)`,
		name, tag, region, registry, url, tag, region, name, cause)
}

// missing tells whether ECR has answered that there is no such image. The aws
// provider says so in words of its own, or in ECR's.
func missing(err error) bool {
	for _, words := range []string{"ImageNotFoundException", "couldn't find resource", "empty result"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// built builds a service's image and pushes it under a tag that follows from
// what it is built from.
func (b *builder) built(service string, repository *ecr.Repository) (pulumi.StringOutput, error) {
	platform := platform(b.args.CPUArchitecture)
	tag, err := buildTag(os.DirFS(b.args.Build.Context), service, platform)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	image, err := awsx.NewImage(b.ctx, b.names.Named(service), &awsx.ImageArgs{
		RepositoryUrl: repository.RepositoryUrl,
		Context:       pulumi.String(b.args.Build.Context),
		Platform:      pulumi.String(platform),
		ImageTag:      pulumi.String(tag),
		Args:          pulumi.StringMap{"SERVICE": pulumi.String(service), "VERSION": pulumi.String(tag)},
	}, b.child()...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return image.ImageUri.ApplyT(func(uri string) (string, error) {
		reference, err := pinned(uri)
		if err != nil {
			return "", fmt.Errorf("the built image of %s is %w", service, err)
		}
		return reference, nil
	}).(pulumi.StringOutput), nil //nolint:forcetypeassert // a function to string gives no other
}
