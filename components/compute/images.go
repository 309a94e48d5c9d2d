package compute

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ingest-iac/ingest/components/internal/component"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	awsx "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// images are what the services run, by digest.
type images struct {
	api, worker pulumi.StringOutput
}

// resolveImages makes the repositories, and finds or builds what the task
// definitions pin.
func (b *builder) resolveImages(out *Compute) (images, error) {
	api, err := b.repository(apiName)
	if err != nil {
		return images{}, err
	}
	worker, err := b.repository(workerName)
	if err != nil {
		return images{}, err
	}
	out.APIRepositoryURL, out.WorkerRepositoryURL = api.RepositoryUrl, worker.RepositoryUrl
	tagged := b.tagged(api, worker)
	var all images
	if all.api, err = b.image(apiName, b.args.API.ImageTag, b.args.API.Image, api, tagged); err != nil {
		return all, err
	}
	if all.worker, err = b.image(workerName, b.args.Worker.ImageTag, b.args.Worker.Image, worker, tagged); err != nil {
		return all, err
	}
	return all, nil
}

// image is a service's image by digest, in the one way that it is named.
func (b *builder) image(service, tag, reference string, repository *ecr.Repository, tagged pulumi.StringMapOutput) (pulumi.StringOutput, error) {
	switch {
	case reference != "":
		reference, err := pinned(reference)
		return pulumi.String(reference).ToStringOutput(), err
	case tag != "":
		return tagged.MapIndex(pulumi.String(service)), nil
	default:
		return b.built(service, repository)
	}
}

// tagged finds the digests of the tags, by service. It asks through the
// repositories' URLs, which are not known before both are made: a first preview
// has nothing to ask, and a first update names every image that is missing.
func (b *builder) tagged(api, worker *ecr.Repository) pulumi.StringMapOutput {
	return pulumi.StringArray{api.RepositoryUrl, worker.RepositoryUrl}.ToStringArrayOutput().ApplyT(func(urls []string) (map[string]string, error) {
		references := map[string]string{}
		var wrong []error
		for _, service := range []struct{ name, tag, url string }{
			{apiName, b.args.API.ImageTag, urls[0]}, {workerName, b.args.Worker.ImageTag, urls[1]},
		} {
			if service.tag == "" {
				continue
			}
			digest, err := b.digest(service.url, service.tag)
			references[service.name], wrong = service.url+"@"+digest, append(wrong, err)
		}
		return references, errors.Join(wrong...)
	}).(pulumi.StringMapOutput) //nolint:forcetypeassert // a function to a map of strings gives no other
}

// digest is what a tag stands for in ECR.
func (b *builder) digest(url, tag string) (string, error) {
	found, err := ecr.GetImage(b.Ctx, &ecr.GetImageArgs{
		RepositoryName: repositoryName(url), ImageTag: &tag,
	}, pulumi.Parent(b.Parent))
	if err != nil {
		return "", noImage(url, tag, b.args.Region, err)
	}
	return found.ImageDigest, nil
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

// missing reports whether ECR has answered that there is no such image. The aws
// provider returns its own message or ECR's.
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
	image, err := awsx.NewImage(b.Ctx, b.names.Named(service), &awsx.ImageArgs{
		RepositoryUrl: repository.RepositoryUrl,
		Context:       pulumi.String(b.args.Build.Context),
		Platform:      pulumi.String(platform),
		ImageTag:      pulumi.String(tag),
		Args:          pulumi.StringMap{"SERVICE": pulumi.String(service), "VERSION": pulumi.String(tag)},
	}, b.Child()...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return component.String(image.ImageUri, func(uri string) (string, error) {
		reference, err := pinned(uri)
		if err != nil {
			return "", fmt.Errorf("the built image of %s is %w", service, err)
		}
		return reference, nil
	}), nil
}
