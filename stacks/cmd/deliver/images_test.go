package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/ingest-iac/ingest/stacks/internal/testing/gitrepo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	apiRepository    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-api"
	workerRepository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ingest-prod-worker"
)

// fakeRegistry holds tags by repository. A repository that is not in it does not exist.
type fakeRegistry struct {
	tags map[string][]string
	err  error
}

func ecrHolds(api, worker []string) *fakeRegistry {
	return &fakeRegistry{tags: map[string][]string{"ingest-prod-api": api, "ingest-prod-worker": worker}}
}

// DescribeImages answers with a page for each tag, since ECR pages.
func (f *fakeRegistry) DescribeImages(_ context.Context, in *ecr.DescribeImagesInput, _ ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	tags, found := f.tags[*in.RepositoryName]
	if !found {
		return nil, &types.RepositoryNotFoundException{Message: aws.String("it does not exist")}
	}
	page := len(aws.ToString(in.NextToken))
	if page >= len(tags) {
		return &ecr.DescribeImagesOutput{}, nil
	}
	return &ecr.DescribeImagesOutput{
		ImageDetails: []types.ImageDetail{{ImageDigest: aws.String(digestOf(tags[page])), ImageTags: tags[page : page+1]}},
		NextToken:    aws.String(strings.Repeat("x", page+1)),
	}, nil
}

func digestOf(tag string) string {
	sum := sha256.Sum256([]byte("manifest of " + tag))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (f *fakeRegistry) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error) {
	tag := *in.ImageIds[0].ImageTag
	return &ecr.BatchGetImageOutput{Images: []types.Image{{
		ImageId: &types.ImageIdentifier{ImageDigest: aws.String(digestOf(tag))}, ImageManifest: aws.String("manifest of " + tag),
	}}}, nil
}

func (f *fakeRegistry) DescribeRepositories(_ context.Context, in *ecr.DescribeRepositoriesInput, _ ...func(*ecr.Options)) (*ecr.DescribeRepositoriesOutput, error) {
	name := in.RepositoryNames[0]
	if _, found := f.tags[name]; !found {
		return nil, &types.RepositoryNotFoundException{Message: aws.String("it does not exist")}
	}
	url := strings.TrimSuffix(apiRepository, "ingest-prod-api") + name
	return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{{RepositoryUri: &url}}}, nil
}

func (f *fakeRegistry) GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error) {
	return &ecr.GetAuthorizationTokenOutput{AuthorizationData: []types.AuthorizationData{{
		AuthorizationToken: aws.String(base64.StdEncoding.EncodeToString([]byte("AWS:secret"))),
		ProxyEndpoint:      aws.String("https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
	}}}, nil
}

// result is what a command did.
type result struct {
	err             error
	output, summary string
	outputs         map[string]string
}

// in runs a command in a folder, as a step of GitHub Actions.
func in(t *testing.T, folder string, env map[string]string, command func(a *app) error) result {
	t.Helper()
	a, out := newApp(t, env)
	a.root = folder
	github := t.TempDir()
	a.env["GITHUB_OUTPUT"], a.env["GITHUB_STEP_SUMMARY"] = filepath.Join(github, "output"), filepath.Join(github, "summary")
	r := result{err: command(a), output: out.String(), outputs: map[string]string{}}
	written, _ := os.ReadFile(a.env["GITHUB_OUTPUT"])
	for line := range strings.Lines(string(written)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		r.outputs[name] = value
	}
	summary, _ := os.ReadFile(a.env["GITHUB_STEP_SUMMARY"])
	r.summary = string(summary)
	return r
}

func ecrVariables() map[string]string {
	return map[string]string{"ECR_REPO_API": apiRepository, "ECR_REPO_WORKER": workerRepository, "ENV": "prod"}
}

func plan(t *testing.T, repo *gitrepo.Repository, r registry) result {
	t.Helper()
	return in(t, repo.Dir, ecrVariables(), func(a *app) error { return planImages(t.Context(), a, r) })
}

func TestImagesPlan_buildsOnceForEveryChangeOfTheServices(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)

	r := plan(t, repo, ecrHolds(nil, nil))
	require.NoError(t, r.err)
	assert.Equal(t, map[string]string{"build": "true", "tag": gitrepo.Tag(first), "push_api": "true", "push_worker": "true"}, r.outputs)

	both := []string{"other", gitrepo.Tag(first)}
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, map[string]string{"build": "false", "tag": gitrepo.Tag(first), "push_api": "false", "push_worker": "false"}, r.outputs)
	assert.Contains(t, r.summary, "already hold `"+gitrepo.Tag(first)+"`")

	// A run that failed between the two pushes has left one tag behind.
	r = plan(t, repo, ecrHolds(both, []string{"ws-0123"}))
	assert.Equal(t, map[string]string{"build": "true", "tag": gitrepo.Tag(first), "push_api": "false", "push_worker": "true"}, r.outputs)

	elsewhere := repo.Commit(t, map[string]string{"README.md": "two\n"})
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, map[string]string{"build": "false", "tag": gitrepo.Tag(elsewhere), "push_api": "false", "push_worker": "false"}, r.outputs)
	assert.Contains(t, r.summary, "have not changed since `"+gitrepo.Tag(first)+"`")

	changed := repo.Commit(t, map[string]string{"services/worker/main.go": "package main\n\nfunc main() {}\n"})
	r = plan(t, repo, ecrHolds(both, both))
	assert.Equal(t, map[string]string{"build": "true", "tag": gitrepo.Tag(changed), "push_api": "true", "push_worker": "true"}, r.outputs)
}

func TestImagesPlan_buildsWhatASupersededRunDidNot(t *testing.T) {
	repo := gitrepo.New(t)
	first := repo.Head(t)
	repo.Commit(t, map[string]string{"services/worker/main.go": "package main\n\nfunc main() {}\n"})
	// The run of the commit above never came to an end.
	third := repo.Commit(t, map[string]string{"README.md": "two\n"})

	old := []string{gitrepo.Tag(first)}
	r := plan(t, repo, ecrHolds(old, old))
	assert.Equal(t, "true", r.outputs["build"])
	assert.Equal(t, gitrepo.Tag(third), r.outputs["tag"])

	repo.Commit(t, map[string]string{"README.md": "three\n"})
	built := []string{gitrepo.Tag(first), gitrepo.Tag(third)}
	assert.Equal(t, "false", plan(t, repo, ecrHolds(built, built)).outputs["build"], "the services are what %s has images of", gitrepo.Tag(third))
}

func TestImagesPlan_imagesOfAPerson_areNotTakenForThoseOfCI(t *testing.T) {
	repo := gitrepo.New(t)
	pushed := []string{localTag(repo.Head(t))}
	assert.Equal(t, "true", plan(t, repo, ecrHolds(pushed, pushed)).outputs["build"])
}

func TestImagesPlan_withoutRepository_saysWhatMakesIt(t *testing.T) {
	repo := gitrepo.New(t)
	r := plan(t, repo, &fakeRegistry{})
	require.ErrorContains(t, r.err, "ingest-prod-api does not exist")
	require.ErrorContains(t, r.err, "make images-push")
	assert.NotContains(t, r.outputs, "build")

	r = plan(t, repo, &fakeRegistry{err: errors.New("AccessDeniedException")})
	require.EqualError(t, r.err, "listing the images of ingest-prod-api: AccessDeniedException")
}

func TestRepositories(t *testing.T) {
	for _, value := range []string{"ingest-prod-api", "ghcr.io/someone/api", apiRepository + ":latest"} {
		_, err := repositories(environment{"ECR_REPO_API": value, "ECR_REPO_WORKER": workerRepository})
		require.ErrorContains(t, err, "'"+value+"' is not the URL of an ECR repository")
	}
	_, err := repositories(environment{})
	require.EqualError(t, err, "not set: ECR_REPO_API ECR_REPO_WORKER")
}

// buildCalls builds and pushes with a builder that only notes its calls.
func buildCalls(t *testing.T, repo *gitrepo.Repository, r registry) (calls []string, output string, err error) {
	t.Helper()
	a, out := newApp(t, nil)
	a.root = repo.Dir
	b := builder{name: "podman", app: a, folder: filepath.Join(repo.Dir, "services"), run: func(_ context.Context, stdin io.Reader, name string, args ...string) error {
		call := name + " " + strings.Join(args, " ")
		if stdin != nil {
			var read bytes.Buffer
			_, err := read.ReadFrom(stdin)
			require.NoError(t, err)
			call += " <" + read.String()
		}
		calls = append(calls, call)
		return nil
	}}
	err = imagesPushCommand{Project: "ingest", Env: "prod", Platform: "linux/arm64"}.push(t.Context(), a, r, b)
	return calls, out.String(), err
}

func TestImagesPush_pushesMissingImagesUnderTheCommit(t *testing.T) {
	repo := gitrepo.New(t)
	head := repo.Head(t)
	tag := "local-" + head[:7]
	calls, output, err := buildCalls(t, repo, ecrHolds(nil, []string{tag}))
	require.NoError(t, err)
	require.Len(t, calls, 4)
	const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
	assert.Equal(t, "podman login --username AWS --password-stdin "+host+" <secret", calls[0], "the password is not an argument")
	assert.Regexp(t, `^podman build .*--platform linux/arm64 .*--build-arg SERVICE=api .*--build-arg REVISION=`+head+` .*--tag `+apiRepository+`:`+tag+` `, calls[1])
	assert.Equal(t, "podman push "+apiRepository+":"+tag, calls[2])
	assert.Equal(t, "podman logout "+host, calls[3])
	assert.Contains(t, output, workerRepository+":"+tag+" is there already\n")
	assert.Contains(t, output, "make up ENV=prod API_IMAGE_TAG="+tag+" WORKER_IMAGE_TAG="+tag+"\n")
}

func TestImagesPush_refusesWhatIsNotCommitted(t *testing.T) {
	repo := gitrepo.New(t)
	writeFile(t, repo.Dir, "services/api/extra.go", "package main\n")
	calls, _, err := buildCalls(t, repo, ecrHolds(nil, nil))
	require.ErrorContains(t, err, "commit it, since the tag "+localTag(repo.Head(t))+" names the commit")
	assert.Empty(t, calls)
}

func TestImagesPush_withoutRepository_saysWhatMakesIt(t *testing.T) {
	_, _, err := buildCalls(t, gitrepo.New(t), &fakeRegistry{})
	require.ErrorContains(t, err, "the ECR repository ingest-prod-api does not exist. The first deployment of compute makes it")
}
