package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// builders are the programs that build images, the first installed one first.
var builders = []string{"docker", "podman", "buildah"}

// builder is one of them.
type builder struct {
	name   string
	app    *app
	run    func(ctx context.Context, stdin io.Reader, name string, args ...string) error
	folder string // of the services
}

func (a *app) builder() (builder, error) {
	found := builder{name: a.env["IMAGE_BUILDER"], app: a, run: a.runTool, folder: filepath.Join(a.root, "services")}
	if found.name != "" && !slices.Contains(builders, found.name) {
		return builder{}, usagef("IMAGE_BUILDER is '%s'; allowed: %s", found.name, strings.Join(builders, ", "))
	}
	for _, name := range builders {
		if _, err := exec.LookPath(name); err == nil && found.name == "" {
			found.name = name
		}
	}
	if found.name == "" {
		return builder{}, errors.New("no builder of images is installed: install docker, podman or buildah")
	}
	return found, nil
}

func (a *app) runTool(ctx context.Context, stdin io.Reader, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // one of builders
	command.Stdin, command.Stdout, command.Stderr = stdin, a.stdout, a.stderr
	// Attestations inside an index would carry the time of the build.
	command.Env = append(os.Environ(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return nil
}

// build builds an image under a name, for a platform or for the builder's own.
func (b builder) build(ctx context.Context, args imageArgs, name, platform string) error {
	call := []string{"build"}
	if b.name != "docker" {
		// The image format of OCI has no health check, and podman and buildah do not know
		// the platform of the builder where the Dockerfile names it.
		call = append(call, "--format", "docker", "--build-arg", "BUILDPLATFORM=linux/"+runtime.GOARCH)
	}
	if platform != "" {
		call = append(call, "--platform", platform)
	}
	for _, line := range args.lines() {
		call = append(call, "--build-arg", line)
	}
	return b.run(ctx, nil, b.name, append(call, "--tag", name, b.folder)...)
}

// imagesBuildCommand builds images for this machine, tagged ingest-<service>:dev.
type imagesBuildCommand struct {
	Services []string `arg:"" help:"Folders of programs below services/."`
}

func (c imagesBuildCommand) Run(ctx context.Context, a *app) error {
	b, err := a.builder()
	if err != nil {
		return err
	}
	for _, service := range c.Services {
		args, err := readImageArgs(ctx, a.root, service)
		if err != nil {
			return err
		}
		name := "ingest-" + service + ":dev"
		if err := b.build(ctx, args, name, ""); err != nil {
			return fmt.Errorf("building %s: %w", name, err)
		}
		fmt.Fprintln(a.stdout, "built", name)
	}
	return nil
}

// imagesPushCommand builds the images of this commit and pushes them to ECR under
// [localTag]: what a first deployment takes. A tag that exists is not pushed again.
type imagesPushCommand struct {
	Project  string `default:"ingest" env:"PROJECT" help:"The setting project of the stacks."`
	Env      string `default:"prod" env:"ENV" help:"The environment."`
	Platform string `default:"linux/amd64" env:"PLATFORM" help:"What the tasks run on: linux/amd64, or linux/arm64 where compute's cpuArchitecture is arm64."`
}

func (c imagesPushCommand) Run(ctx context.Context, a *app) error {
	b, err := a.builder()
	if err != nil {
		return err
	}
	r, err := newRegistry(ctx)
	if err != nil {
		return err
	}
	return c.push(ctx, a, r, b)
}

func (c imagesPushCommand) push(ctx context.Context, a *app, r registry, b builder) (err error) {
	head, err := (clone{a.root}).head(ctx)
	if err != nil {
		return err
	}
	tag := localTag(head)
	missing := map[string]string{} // URLs by service
	args := map[string]imageArgs{}
	for _, service := range services {
		if args[service], err = readImageArgs(ctx, a.root, service); err != nil {
			return err
		}
		if args[service].dirty {
			return fmt.Errorf("what the image of %s is made of differs from the commit: commit it, since the tag %s names the commit", service, tag)
		}
		name := strings.Join([]string{c.Project, c.Env, service}, "-")
		url, err := repositoryURI(ctx, r, name)
		if err != nil {
			return err
		}
		images, err := tagged(ctx, r, name)
		if err != nil {
			return err
		}
		if hasTag(images, tag) {
			fmt.Fprintf(a.stdout, "%s:%s is there already\n", url, tag)
			continue
		}
		missing[service] = url
	}
	if len(missing) > 0 {
		host, password, err := login(ctx, r)
		if err != nil {
			return err
		}
		if err := b.run(ctx, bytes.NewBufferString(password), b.name, "login", "--username", "AWS", "--password-stdin", host); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.run(context.WithoutCancel(ctx), nil, b.name, "logout", host)) }()
	}
	for _, service := range services {
		url := missing[service]
		if url == "" {
			continue
		}
		if err := b.build(ctx, args[service], url+":"+tag, c.Platform); err != nil {
			return err
		}
		if err := b.run(ctx, nil, b.name, "push", url+":"+tag); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "deploy them: make up ENV=%s API_IMAGE_TAG=%s WORKER_IMAGE_TAG=%s\n", c.Env, tag, tag)
	return nil
}

// repositoryURI returns the URL of a repository.
func repositoryURI(ctx context.Context, r registry, name string) (string, error) {
	answer, err := r.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if missing := new(types.RepositoryNotFoundException); errors.As(err, &missing) {
		return "", missingRepository(name)
	}
	if err != nil {
		return "", fmt.Errorf("looking up the repository %s: %w", name, err)
	}
	if len(answer.Repositories) != 1 {
		return "", missingRepository(name)
	}
	return aws.ToString(answer.Repositories[0].RepositoryUri), nil
}

// login returns the registry's host, and a password that holds for 12 hours.
func login(ctx context.Context, r registry) (host, password string, err error) {
	answer, err := r.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return "", "", fmt.Errorf("logging in to ECR: %w", err)
	}
	if len(answer.AuthorizationData) != 1 {
		return "", "", fmt.Errorf("logging in to ECR: it gives %d tokens", len(answer.AuthorizationData))
	}
	data := answer.AuthorizationData[0]
	decoded, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	if err != nil {
		return "", "", fmt.Errorf("logging in to ECR: %w", err)
	}
	_, password, found := strings.Cut(string(decoded), ":")
	if !found {
		return "", "", errors.New("logging in to ECR: the token is not of the form user:password")
	}
	return strings.TrimPrefix(aws.ToString(data.ProxyEndpoint), "https://"), password, nil
}
