package compute_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused is the error of arguments with which nothing may be made.
func refused(t *testing.T, args compute.Args) error {
	t.Helper()
	graph, err := componentstest.Run(t, program(args))
	require.Error(t, err)
	assert.Empty(t, graph.Types(), "arguments are checked before anything is registered")
	return err
}

func TestNew_wrongArguments_allAreNamed(t *testing.T) {
	many, negative := 101, -1
	err := refused(t, compute.Args{
		Common: naming.Common{Project: "Ingest", Region: "Mars", Owner: "a,b"}, Environment: "prod-1",
		API:     compute.APIArgs{DesiredCount: &many, CPU: 300, Memory: 511, MaxBodyBytes: 1023},
		Network: compute.NetworkArgs{Zones: 1},
		Worker: compute.WorkerArgs{
			CPU: 512, Memory: 512,
			DesiredCount: &negative, PollWaitSeconds: &many, SleepOnEmptySeconds: 3601, VisibilityTimeout: 43201, MaxMessages: 11, PayloadVersion: "v*",
		},
		CPUArchitecture: "amd64", LogRetentionDays: 2, LogLevel: "debug", AWSMaxRetries: 21,
		ECR:  compute.ECRArgs{MaxTaggedImages: 1001, ExpireUntaggedAfterDays: 366},
		Data: compute.Data{QueueURL: pulumi.String("https://sqs")},
	})
	for _, want := range []string{
		"API.CPU is 300; allowed is 256, 512, 1024", "API.Memory is 511; allowed is 512 to 122880", "Network.Zones is 1; allowed is 2 to 6",
		"Worker.Memory is 512; allowed is 1024 to 4096 in steps of 1024, with Worker.CPU at 512",
		`Project is "Ingest"`, `Environment is "prod-1"`, `Region is "Mars"`, `Owner is "a,b"`,
		`CPUArchitecture is "amd64"; allowed is x86_64 or arm64`,
		"API.DesiredCount is 101; allowed is 0 to 100", "API.MaxBodyBytes is 1023; allowed is 1024 to 16777216", "Worker.DesiredCount is -1", "LogRetentionDays is 2; allowed is 1, 3, 5",
		`LogLevel is "debug"; allowed is DEBUG, INFO`, "AWSMaxRetries is 21; allowed is 1 to 20",
		"Worker.PollWaitSeconds is 101; allowed is 0 to 20", "Worker.SleepOnEmptySeconds is 3601", "Worker.VisibilityTimeout is 43201",
		"Worker.MaxMessages is 11", `Worker.PayloadVersion is "v*"`, "ECR.MaxTaggedImages is 1001", "ECR.ExpireUntaggedAfterDays is 366",
		"Data.BucketName is not set; allowed is an output of DataConfig", "Data.TokenParameterName is not set", "Data.ExecutionRoleArn is not set",
		"Data.APITaskRoleArn is not set", "Data.WorkerTaskRoleArn is not set", "API.ImageTag is not set", "Worker.ImageTag is not set",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestNew_nilArguments_isAnError(t *testing.T) {
	_, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := compute.New(ctx, "compute", nil)
		return err
	})
	require.ErrorContains(t, err, "checking the arguments of Compute compute:")
	assert.ErrorContains(t, err, "Environment is not set")
}

func TestNew_noImage_errorNamesTheThreeWays(t *testing.T) {
	args := required()
	args.API = compute.APIArgs{}
	err := refused(t, args)
	require.ErrorContains(t, err, "API.ImageTag is not set; allowed is exactly one of API.ImageTag (a tag in the ECR repository ingest-prod-api), API.Image (")
	require.ErrorContains(t, err, "and Build.Enabled (")
	assert.NotContains(t, err.Error(), "Worker")
}

func TestNew_imageNamedTwice_isRefused(t *testing.T) {
	args := required()
	args.API.Image = "ghcr.io/acme/api@" + componentstest.Digest
	args.Build = compute.Build{Enabled: true, Context: "."}
	err := refused(t, args)
	require.ErrorContains(t, err, `API.ImageTag is "sha-abc1234"; allowed is exactly one of`)
	require.ErrorContains(t, err, `Worker.ImageTag is "sha-def5678"; allowed is exactly one of`)
	assert.ErrorContains(t, err, `Build.Context is "."; allowed is a directory with a Dockerfile`)
}

func TestNew_wrongImages(t *testing.T) {
	for image, want := range map[compute.APIArgs]string{
		{ImageTag: "-x"}:                                `API.ImageTag is "-x"; allowed is up to 128`,
		{ImageTag: strings.Repeat("a", 129)}:            "API.ImageTag is \"aaa",
		{ImageTag: "a b"}:                               `API.ImageTag is "a b"`,
		{Image: "ghcr.io/acme/api:latest"}:              `API.Image is "ghcr.io/acme/api:latest"; allowed is <registry>/<repository>@sha256:`,
		{Image: "ghcr.io/acme/api@sha256:abc"}:          `API.Image is "ghcr.io/acme/api@sha256:abc"`,
		{Image: "@" + componentstest.Digest}:            `API.Image is "@sha256`,
		{Image: "a b@" + componentstest.Digest}:         `API.Image is "a b@sha256`,
		{Image: "https://x/y@" + componentstest.Digest}: `API.Image is "https://x/y@sha256`,
	} {
		args := required()
		args.API = image
		assert.ErrorContains(t, refused(t, args), want)
	}
}

func TestNew_longNames_errorNamesTheLimit(t *testing.T) {
	args := required()
	args.Project, args.Environment = "ingestion-service", "prod"
	err := refused(t, args)
	require.ErrorContains(t, err, `load balancer or target group name "ingestion-service-prod-alb`)
	require.ErrorContains(t, err, "has 34 characters; AWS allows 32 (https://docs.aws.amazon.com/")
	args.Project = "ingestion-servi"
	build(t, args)
}

func TestNew_loadBalancerNamedInternal_isRefused(t *testing.T) {
	args := required()
	args.Project = "internal"
	assert.ErrorContains(t, refused(t, args), `Project is "internal"; allowed is any other name: AWS accepts no load balancer whose name begins with internal-`)
}

func TestNew_emptyBuildContext_isAnError(t *testing.T) {
	args := required()
	args.API, args.Worker, args.Build = compute.APIArgs{}, compute.WorkerArgs{}, compute.Build{Enabled: true}
	assert.ErrorContains(t, refused(t, args), "Build.Context is not set")
}
