package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// registry is what the commands use of ECR.
type registry interface {
	DescribeImages(ctx context.Context, in *ecr.DescribeImagesInput, opts ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
	BatchGetImage(ctx context.Context, in *ecr.BatchGetImageInput, opts ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
	DescribeRepositories(ctx context.Context, in *ecr.DescribeRepositoriesInput, opts ...func(*ecr.Options)) (*ecr.DescribeRepositoriesOutput, error)
	GetAuthorizationToken(ctx context.Context, in *ecr.GetAuthorizationTokenInput, opts ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error)
}

func newRegistry(ctx context.Context) (registry, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the settings of AWS: %w", err)
	}
	return ecr.NewFromConfig(settings), nil
}

// services are the two programs that are deployed.
var services = []string{"api", "worker"}

var repositoryURL = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/([a-z0-9][a-z0-9._/-]*)$`)

// repositories returns the names of the services' ECR repositories, which the
// environment gives by URL, as compute's outputs have them.
func repositories(env environment) (map[string]string, error) {
	if err := env.need("ECR_REPO_API", "ECR_REPO_WORKER"); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, service := range services {
		url := env["ECR_REPO_"+strings.ToUpper(service)]
		match := repositoryURL.FindStringSubmatch(url)
		if match == nil {
			return nil, usagef("'%s' is not the URL of an ECR repository (<account>.dkr.ecr.<region>.amazonaws.com/<name>): set ECR_REPO_API and ECR_REPO_WORKER from 'make github-variables'", url)
		}
		names[service] = match[2]
	}
	return names, nil
}

// image is a tagged image.
type image struct{ tag, digest string }

// tagged returns the tagged images of a repository.
func tagged(ctx context.Context, r registry, repository string) ([]image, error) {
	var images []image
	pages := ecr.NewDescribeImagesPaginator(r, &ecr.DescribeImagesInput{
		RepositoryName: &repository, Filter: &types.DescribeImagesFilter{TagStatus: types.TagStatusTagged},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if missing := new(types.RepositoryNotFoundException); errors.As(err, &missing) {
			return nil, missingRepository(repository)
		}
		if err != nil {
			return nil, fmt.Errorf("listing the images of %s: %w", repository, err)
		}
		for _, detail := range page.ImageDetails {
			for _, tag := range detail.ImageTags {
				images = append(images, image{tag, aws.ToString(detail.ImageDigest)})
			}
		}
	}
	return images, nil
}

func missingRepository(repository string) error {
	return fmt.Errorf("the ECR repository %s does not exist. The first deployment of compute makes it, and stops since it is empty: make up API_IMAGE_TAG=<tag> WORKER_IMAGE_TAG=<tag>, make images-push, and the same make up again; <tag> is local- and the first 7 digits of the commit", repository)
}

func hasTag(images []image, tag string) bool {
	return slices.ContainsFunc(images, func(i image) bool { return i.tag == tag })
}

// shaTag returns the tag that CI gives to the images of a commit.
func shaTag(commit string) string { return "sha-" + commit[:7] }

// localTag returns the tag of the images of a commit that a person builds. It is not CI's:
// they are for one platform and without attestation, so CI builds and CD deploys its own.
func localTag(commit string) string { return "local-" + commit[:7] }

// inventory is what the services' repositories have, and what the services are made of.
type inventory struct {
	names  map[string]string
	images map[string][]image
	inputs []string
	head   string
}

func readInventory(ctx context.Context, a *app, r registry) (inventory, error) {
	names, err := repositories(a.env)
	if err != nil {
		return inventory{}, err
	}
	h := inventory{names: names, images: map[string][]image{}}
	if err := (clone{a.root}).wholeHistory(ctx); err != nil {
		return inventory{}, err
	}
	if h.inputs, err = imageInputs(ctx, a.root, services...); err != nil {
		return inventory{}, err
	}
	if h.head, err = (clone{a.root}).head(ctx); err != nil {
		return inventory{}, err
	}
	for _, service := range services {
		if h.images[service], err = tagged(ctx, r, names[service]); err != nil {
			return inventory{}, err
		}
	}
	return h, nil
}

// built returns the tag under which both repositories hold images of what the
// services are at HEAD, or "": that of the newest commit with images since the
// services last changed. A commit between the two may have none, since a run that was
// superseded or failed leaves its work to the next.
func (h inventory) built(ctx context.Context, repository clone) (string, error) {
	changed, _, err := repository.lastChange(ctx, h.inputs)
	if err != nil {
		return "", err
	}
	commits, err := repository.since(ctx, changed)
	if err != nil {
		return "", err
	}
	for _, commit := range commits {
		if tag := shaTag(commit); hasTag(h.images["api"], tag) && hasTag(h.images["worker"], tag) {
			return tag, nil
		}
	}
	return "", nil
}
