package compute_test

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/internal/testing/mocktest"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused is the error of arguments with which nothing may be made.
func refused(t *testing.T, args compute.Args) error {
	t.Helper()
	graph, err := mocktest.Run(t, program(args))
	require.Error(t, err)
	assert.Empty(t, graph.Types(), "arguments are checked before anything is registered")
	return err
}

func TestEveryWrongArgumentIsNamedAtOnce(t *testing.T) {
	many, negative := 101, -1
	err := refused(t, compute.Args{
		Project: "Ingest", Environment: "prod-1", Region: "Mars", Owner: "a,b",
		CPUArchitecture: "amd64",
		APIDesiredCount: &many, WorkerDesiredCount: &negative, LogRetentionDays: 2, LogLevel: "debug", AWSMaxRetries: 21,
		WorkerPollWaitSeconds: &many, WorkerSleepOnEmptySeconds: 3601, WorkerVisibilityTimeout: 43201, WorkerMaxMessages: 11,
		PayloadVersion: "v*", ECRMaxTaggedImages: 1001, ECRExpireUntaggedAfterDays: 366,
		Data: compute.Data{QueueURL: pulumi.String("https://sqs")},
	})
	for _, want := range []string{
		`project is "Ingest"`, `environment is "prod-1"`, `region is "Mars"`, `owner is "a,b"`,
		`cpuArchitecture is "amd64"; allowed are x86_64 and arm64`,
		"apiDesiredCount is 101; allowed is 0 to 100", "workerDesiredCount is -1", "logRetentionDays is 2; CloudWatch Logs allows [1 3 5",
		`logLevel is "debug"; allowed are DEBUG, INFO`, "awsMaxRetries is 21; allowed is 1 to 20",
		"workerPollWaitSeconds is 101; allowed is 0 to 20", "workerSleepOnEmptySeconds is 3601", "workerVisibilityTimeout is 43201",
		"workerMaxMessages is 11", `payloadVersion is "v*"`, "ecrMaxTaggedImages is 1001", "ecrExpireUntaggedAfterDays is 366",
		"Data.BucketName, Data.TokenParameterName, Data.ExecutionRoleArn, Data.APITaskRoleArn, Data.WorkerTaskRoleArn not given",
		"no image is named for api", "no image is named for worker",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestNoArgumentsAtAllAreAnErrorToo(t *testing.T) {
	_, err := mocktest.Run(t, func(ctx *pulumi.Context) error {
		_, err := compute.New(ctx, "compute", nil)
		return err
	})
	require.ErrorContains(t, err, "checking the arguments of Compute compute:")
	assert.ErrorContains(t, err, `project is ""`)
}

func TestTheThreeWaysToNameAnImageAreNamed(t *testing.T) {
	args := required()
	args.API = compute.Image{}
	err := refused(t, args)
	for _, want := range []string{"no image is named for api", "apiImageTag", "ingest-prod-api", "apiImage", "buildImages"} {
		require.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "for worker")
}

func TestAnImageIsNamedInOneWayOnly(t *testing.T) {
	args := required()
	args.API.Reference = "ghcr.io/acme/api@" + mocktest.Digest
	args.Build = &compute.Build{Context: "."}
	err := refused(t, args)
	require.ErrorContains(t, err, `the image of api is named by apiImageTag ("sha-abc1234") and by apiImage ("ghcr.io/acme/api@`+mocktest.Digest+`") and by buildImages; allowed is one of them`)
	require.ErrorContains(t, err, `the image of worker is named by workerImageTag ("sha-def5678") and by buildImages; allowed is one of them`)
	assert.ErrorContains(t, err, `the build's context is "."; allowed is a directory with a Dockerfile`)
}

func TestWrongImagesAreNamed(t *testing.T) {
	for image, want := range map[compute.Image]string{
		{Tag: "-x"}:                                   `apiImageTag is "-x"; allowed are up to 128`,
		{Tag: strings.Repeat("a", 129)}:               "apiImageTag is \"aaa",
		{Tag: "a b"}:                                  `apiImageTag is "a b"`,
		{Reference: "ghcr.io/acme/api:latest"}:        `apiImage is "ghcr.io/acme/api:latest"; allowed is <registry>/<repository>@sha256:`,
		{Reference: "ghcr.io/acme/api@sha256:abc"}:    `apiImage is "ghcr.io/acme/api@sha256:abc"`,
		{Reference: "@" + mocktest.Digest}:            `apiImage is "@sha256`,
		{Reference: "a b@" + mocktest.Digest}:         `apiImage is "a b@sha256`,
		{Reference: "https://x/y@" + mocktest.Digest}: `apiImage is "https://x/y@sha256`,
	} {
		args := required()
		args.API = image
		assert.ErrorContains(t, refused(t, args), want)
	}
}

func TestNamesThatGrowTooLongAreNamedWithTheirLimit(t *testing.T) {
	args := required()
	args.Project, args.Environment = "ingestion-service", "prod"
	err := refused(t, args)
	require.ErrorContains(t, err, `load balancer or target group name "ingestion-service-prod-alb`)
	require.ErrorContains(t, err, "has 34 characters; AWS allows 32 (https://docs.aws.amazon.com/")
	args.Project = "ingestion-servi"
	build(t, args)
}

func TestALoadBalancerMayNotBeCalledInternal(t *testing.T) {
	args := required()
	args.Project = "internal"
	assert.ErrorContains(t, refused(t, args), `project is "internal"; AWS takes no load balancer whose name begins with internal-`)
}

func TestAnEmptyContextIsNamed(t *testing.T) {
	args := required()
	args.API, args.Worker, args.Build = compute.Image{}, compute.Image{}, &compute.Build{}
	assert.ErrorContains(t, refused(t, args), "the build's context is empty")
}
