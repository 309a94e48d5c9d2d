package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// attestReason returns why no attestations are made in this repository, or "".
// GitHub keeps attestations of private repositories only for Enterprise Cloud.
func attestReason(env environment) string {
	if env["PRIVATE"] == "true" && env["ATTEST_PRIVATE"] != "true" {
		return "the repository is private (with GitHub Enterprise Cloud, set the repository variable ATTEST_PRIVATE to true)"
	}
	return ""
}

// checkProvenance returns an error unless ci of this repository attests each chosen
// image. An image that stays was checked when it was deployed.
func (c chooser) checkProvenance(ctx context.Context, tags map[string]string) error {
	if tags["api"]+tags["worker"] == "" {
		return nil
	}
	if reason := attestReason(c.env); reason != "" {
		return c.note("The provenance of the images is not verified, since " + reason + ".")
	}
	names, err := repositories(c.env)
	if err != nil {
		return err
	}
	for _, service := range services {
		tag := tags[service]
		if tag == "" {
			continue
		}
		manifest, digest, err := readManifest(ctx, c.registry, names[service], tag)
		if err != nil {
			return err
		}
		if err := c.verify(ctx, manifest); err != nil {
			return fmt.Errorf("%s:%s is not deployed: ci of this repository does not attest %s. Images that ci built on main are deployed here; others, by an administrator with 'make up': %w", names[service], tag, digest, err)
		}
		if err := c.note("ci of this repository attests `" + names[service] + ":" + tag + "` (`" + digest + "`)."); err != nil {
			return err
		}
	}
	return nil
}

// readManifest returns the manifest that a tag names, and its digest.
func readManifest(ctx context.Context, r registry, repository, tag string) (manifest []byte, digest string, err error) {
	answer, err := r.BatchGetImage(ctx, &ecr.BatchGetImageInput{
		RepositoryName: &repository, ImageIds: []types.ImageIdentifier{{ImageTag: &tag}},
		AcceptedMediaTypes: []string{
			"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
			"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
		},
	})
	if err != nil {
		return nil, "", fmt.Errorf("reading the manifest of %s:%s: %w", repository, tag, err)
	}
	if len(answer.Images) != 1 || answer.Images[0].ImageId == nil {
		return nil, "", fmt.Errorf("reading the manifest of %s:%s: ECR gives %d images", repository, tag, len(answer.Images))
	}
	manifest = []byte(aws.ToString(answer.Images[0].ImageManifest))
	sum := sha256.Sum256(manifest)
	digest = "sha256:" + hex.EncodeToString(sum[:])
	if named := aws.ToString(answer.Images[0].ImageId.ImageDigest); named != digest {
		return nil, "", fmt.Errorf("reading the manifest of %s:%s: its digest is %s, and ECR names %s", repository, tag, digest, named)
	}
	return manifest, digest, nil
}

// verifyManifest has gh verify that the workflow ci, on main of this repository,
// attests an image. The digest of an image is that of its manifest, so that gh takes
// the manifest as a file, and the cd role needs no login to the registry.
// https://cli.github.com/manual/gh_attestation_verify
func (a *app) verifyManifest(ctx context.Context, manifest []byte) error {
	if err := a.env.need("REPOSITORY", "GH_TOKEN"); err != nil {
		return err
	}
	file, err := os.CreateTemp("", "manifest-*.json")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(manifest)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "gh", verifyArgs(file.Name(), a.env["REPOSITORY"])...) //nolint:gosec // GitHub names the repository
	command.Stdout, command.Stderr = a.stdout, a.stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("gh attestation verify: %w", err)
	}
	return nil
}

func verifyArgs(file, repository string) []string {
	return []string{
		"attestation", "verify", file, "--repo", repository, "--signer-workflow", repository + "/.github/workflows/ci.yml",
		"--source-ref", "refs/heads/main", "--deny-self-hosted-runners",
	}
}
