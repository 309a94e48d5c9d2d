package compute_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// digestOfTag is an ECR where each tag has another digest.
func digestOfTag(args resource.PropertyMap) (resource.PropertyMap, error) {
	sum := sha256.Sum256([]byte(args["repositoryName"].StringValue() + ":" + args["imageTag"].StringValue()))
	return resource.PropertyMap{"imageDigest": resource.NewStringProperty(fmt.Sprintf("sha256:%x", sum))}, nil
}

func refusing(cause string) map[string]componentstest.Answer {
	return map[string]componentstest.Answer{getImage: func(resource.PropertyMap) (resource.PropertyMap, error) {
		return nil, errors.New(cause)
	}}
}

func TestImageTag_isLookedUpInItsOwnRepository(t *testing.T) {
	graph := build(t, required())
	asked := map[string]string{}
	for _, call := range graph.Calls(getImage) {
		asked[call.Args["repositoryName"].StringValue()] = call.Args["imageTag"].StringValue()
	}
	assert.Equal(t, map[string]string{"ingest-prod-api": "sha-abc1234", "ingest-prod-worker": "sha-def5678"}, asked)
}

func TestImageTag_missing_errorSaysHowToPush(t *testing.T) {
	for _, cause := range []string{"reading ECR Images: couldn't find resource", "ImageNotFoundException: The image with imageId does not exist"} {
		graph := &componentstest.Graph{Answers: refusing(cause)}
		err := graph.Run(t, program(required()))
		for _, want := range []string{
			`ingest-prod-api has no image tagged "sha-abc1234". Push it:`, `ingest-prod-worker has no image tagged "sha-def5678". Push it:`,
			"docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
			"docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ingest-prod-", cause,
		} {
			require.ErrorContains(t, err, want)
		}
		assert.Empty(t, graph.Of(taskType))
	}
}

func TestImageTag_otherErrorOfECR_isPassedOn(t *testing.T) {
	err := (&componentstest.Graph{Answers: refusing("AccessDeniedException")}).Run(t, program(required()))
	require.ErrorContains(t, err, "asking ECR for the image")
	require.ErrorContains(t, err, "AccessDeniedException")
	assert.NotContains(t, err.Error(), "Push it")
}

func TestImageReference_anyRegistry_isPinnedByDigest(t *testing.T) {
	args := required()
	args.API = compute.APIArgs{Image: "ghcr.io/acme/api:v1@" + componentstest.Digest}
	args.Worker = compute.WorkerArgs{Image: "210987654321.dkr.ecr.us-east-1.amazonaws.com/team/worker@" + componentstest.Digest}
	graph := build(t, args)
	assert.Empty(t, graph.Calls(getImage))
	assert.Equal(t, "ghcr.io/acme/api@"+componentstest.Digest, containers(t, graph, "api")[0]["image"])
	assert.Equal(t, args.Worker.Image, containers(t, graph, "worker")[0]["image"])
}

func TestBuildImages_tagFollowsTheContext(t *testing.T) {
	context := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(context, name), []byte(content), 0o600))
	}
	write("Dockerfile", "FROM scratch\n")
	args := required()
	args.API, args.Worker, args.Build, args.CPUArchitecture = compute.APIArgs{}, compute.WorkerArgs{}, compute.Build{Enabled: true, Context: context}, "arm64"
	graph := build(t, args)
	assert.Empty(t, graph.Calls(getImage))
	tags := map[string]bool{}
	for _, service := range []string{"api", "worker"} {
		image := graph.One(t, builtType, "ingest-prod-"+service)
		tag := image.Plain("imageTag").(string)
		assert.Regexp(t, `^ws-[0-9a-f]{16}$`, tag)
		tags[tag] = true
		url := "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ingest-prod-" + service
		for setting, want := range map[string]any{
			"repositoryUrl": url, "context": context, "platform": "linux/arm64",
			"args": map[string]any{"SERVICE": service, "VERSION": tag},
		} {
			assert.Equal(t, want, image.Plain(setting), "%s %s", service, setting)
		}
		assert.Equal(t, url+"@"+componentstest.Digest, containers(t, graph, service)[0]["image"], "by digest alone")
	}
	assert.Len(t, tags, 2)
	before := graph.One(t, builtType, "ingest-prod-api").Plain("imageTag")
	assert.Equal(t, before, build(t, args).One(t, builtType, "ingest-prod-api").Plain("imageTag"))
	write("main.go", "package main\n")
	assert.NotEqual(t, before, build(t, args).One(t, builtType, "ingest-prod-api").Plain("imageTag"))
}

func TestRepositories_immutableWithLifecycle(t *testing.T) {
	args := required()
	args.ECR.MaxTaggedImages, args.ECR.ExpireUntaggedAfterDays = 7, 2
	usual, changed := build(t, required()), build(t, args)
	for _, service := range []string{"api", "worker"} {
		name := "ingest-prod-" + service
		repository := usual.One(t, repositoryType, name)
		for setting, want := range map[string]any{
			"name": name, "forceDelete": false, "imageTagMutability": "IMMUTABLE", // FSBP ECR.2
			"imageScanningConfiguration": map[string]any{"scanOnPush": true}, // FSBP ECR.1
			"encryptionConfigurations":   []any{map[string]any{"encryptionType": "AES256"}},
		} {
			assert.Equal(t, want, repository.Plain(setting), "%s %s", service, setting)
		}
		assert.True(t, repository.Protect, "its images keep it from being destroyed")
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"ecr:*",
			"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, usual.One(t, accessType, name).Plain("policy").(string))
		policy := usual.One(t, lifecycleType, name).Plain("policy").(string) // FSBP ECR.3
		assert.JSONEq(t, `{"rules":[
			{"rulePriority":1,"description":"Expire untagged images","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":3},"action":{"type":"expire"}},
			{"rulePriority":2,"description":"Keep the newest tagged images","selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}]}`, policy)
		policy = changed.One(t, lifecycleType, name).Plain("policy").(string)
		assert.Equal(t, 1, strings.Count(policy, `"countNumber":7`))
		assert.Equal(t, 1, strings.Count(policy, `"countNumber":2`))
	}
	args.ECR.ForceDelete = true
	free := build(t, args).One(t, repositoryType, "ingest-prod-api")
	assert.Equal(t, true, free.Plain("forceDelete"))
	assert.False(t, free.Protect)
}
