package target

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fakePulumi struct {
	outputs func(ctx context.Context, dir, stack string) (map[string]any, error)
	config  func(ctx context.Context, dir, stack string) (map[string]string, error)
}

func (f fakePulumi) Outputs(ctx context.Context, dir, stack string) (map[string]any, error) {
	return f.outputs(ctx, dir, stack)
}

func (f fakePulumi) Config(ctx context.Context, dir, stack string) (map[string]string, error) {
	return f.config(ctx, dir, stack)
}

func deployed() (compute, data map[string]any) {
	compute = map[string]any{
		"url": "http://alb.example.com", "ecsClusterArn": "arn:cluster", "apiServiceArn": "arn:api",
		"workerServiceArn": "arn:worker", "apiLogGroupName": "/ingest-prod/api", "workerLogGroupName": "/ingest-prod/worker",
		"apiTaskDefinitionArn": "arn:api:7", "workerTaskDefinitionArn": "arn:worker:7",
	}
	data = map[string]any{
		"region": "eu-north-1", "emailsQueueUrl": "https://q", "emailsDlqUrl": "https://dlq", "payloadBucketName": "bucket",
		"tokenParameterName": "/ingest/prod/token", "environment": "prod",
	}
	return compute, data
}

func pulumiOf(compute, data map[string]any, config map[string]string) Pulumi {
	return fakePulumi{
		outputs: func(_ context.Context, dir, _ string) (map[string]any, error) {
			return map[string]map[string]any{computeDir: compute, dataConfigDir: data}[dir], nil
		},
		config: func(context.Context, string, string) (map[string]string, error) { return config, nil },
	}
}

func TestResolve_withoutAStack_isTheLocalPipeline(t *testing.T) {
	got, err := Resolve(t.Context(), fakePulumi{}, "", Overrides{}, APIURL, QueueURL)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8000", got.Get(APIURL))
	assert.Equal(t, "http://127.0.0.1:4566/000000000000/ingest-local-emails-queue", got.Get(QueueURL))
	assert.True(t, got.Local)
}

func TestResolve_localEndpoint_isFollowed(t *testing.T) {
	got, err := Resolve(t.Context(), fakePulumi{}, "", Overrides{Endpoint: "http://127.0.0.1:5000/"})
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:5000/000000000000/ingest-local-emails-dlq", got.Get(DLQURL))
}

func TestResolve_readsBothStacks(t *testing.T) {
	compute, data := deployed()
	want := map[Part]string{
		APIURL: "http://alb.example.com", Region: "eu-north-1", QueueURL: "https://q", DLQURL: "https://dlq", Bucket: "bucket",
		TokenParameter: "/ingest/prod/token", Environment: "prod", PayloadVersion: "v2",
		Cluster: "arn:cluster", APIService: "arn:api", WorkerService: "arn:worker",
		APITaskDefinition: "arn:api:7", WorkerTaskDefinition: "arn:worker:7",
		APILogGroup: "/ingest-prod/api", WorkerLogGroup: "/ingest-prod/worker",
	}
	got, err := Resolve(t.Context(), pulumiOf(compute, data, map[string]string{"ingest-compute:payloadVersion": "v2"}), "prod", Overrides{},
		slices.Collect(maps.Keys(want))...)
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff(want, got.values))
	assert.Equal(t, "prod", got.Name)
}

func TestResolve_unusedOutputs_mayBeMissing(t *testing.T) {
	_, data := deployed()
	pulumi := fakePulumi{outputs: func(_ context.Context, dir, _ string) (map[string]any, error) {
		require.Equal(t, dataConfigDir, dir, "a project that holds nothing wanted is not read")
		return data, nil
	}}
	delete(data, "emailsDlqUrl")
	got, err := Resolve(t.Context(), pulumi, "prod", Overrides{Values: map[Part]string{Bucket: "mine"}}, TokenParameter, Region, Bucket)
	require.NoError(t, err)
	assert.Equal(t, "/ingest/prod/token", got.Get(TokenParameter))
	assert.Equal(t, "mine", got.Get(Bucket))
}

func TestResolve_environmentWithAKey_isRead(t *testing.T) {
	compute, data := deployed()
	for _, key := range []string{"", "arn:aws:kms:eu-north-1:123456789012:key/1"} {
		data["kmsKeyArn"] = key
		got, err := Resolve(t.Context(), pulumiOf(compute, data, nil), "prod", Overrides{}, KMSKey)
		require.NoError(t, err)
		assert.Equal(t, key, got.Get(KMSKey))
	}
	delete(data, "kmsKeyArn")
	_, err := Resolve(t.Context(), pulumiOf(compute, data, nil), "prod", Overrides{}, KMSKey)
	require.NoError(t, err, "an earlier version has no such output")
}

func TestResolve_withoutTheDataLayer_usesTheClustersRegion(t *testing.T) {
	got, err := Resolve(t.Context(), pulumiOf(map[string]any{"ecsClusterArn": "arn:aws:ecs:eu-north-1:123456789012:cluster/c"}, nil, nil), "prod", Overrides{}, Cluster)
	require.NoError(t, err)
	assert.Equal(t, "eu-north-1", got.Get(Region))
}

func TestResolve_missingOutputs_areNamedWithTheRemedy(t *testing.T) {
	compute, data := deployed()
	delete(compute, "url")
	delete(data, "emailsDlqUrl")
	got, err := Resolve(t.Context(), pulumiOf(compute, data, nil), "prod", Overrides{}, APIURL, QueueURL, DLQURL)
	require.EqualError(t, err, "the stack prod of ingest-compute has no output url: deploy it first (make up ENV=prod)\n"+
		"the stack prod of ingest-data-config has no output emailsDlqUrl: deploy it first (make up STACK=data-config ENV=prod)")
	assert.Equal(t, "https://q", got.Get(QueueURL), "what could be found is there")
}

func TestResolve_flags_overrideTheStack(t *testing.T) {
	values := map[Part]string{
		APIURL: "https://api.example.com/ingest/", Region: "us-west-2", QueueURL: "q", DLQURL: "d",
		Bucket: "b", TokenParameter: "t", Environment: "stage", PayloadVersion: "v3",
	}
	parts := slices.Collect(maps.Keys(values))
	got, err := Resolve(t.Context(), fakePulumi{}, "prod", Overrides{Endpoint: "http://e", Values: values}, parts...)
	require.NoError(t, err, "pulumi is not asked for anything")
	assert.Equal(t, "https://api.example.com", got.Get(APIURL))
	assert.Equal(t, "http://e", got.Endpoint)
	for _, part := range parts {
		if part != APIURL {
			assert.Equal(t, values[part], got.Get(part))
		}
	}
}

func TestResolve_invalidURL_isAnError(t *testing.T) {
	for _, wrong := range []string{"localhost:8000", "ftp://x", "http://", "::"} {
		_, err := Resolve(t.Context(), fakePulumi{}, "", Overrides{Values: map[Part]string{APIURL: wrong}})
		assert.ErrorContains(t, err, `the address is "`+wrong+`"; allowed is http(s)://host[:port]`)
	}
}

func TestResolve_unreadableStack_isAnError(t *testing.T) {
	down := errors.New("no such stack")
	_, err := Resolve(t.Context(), fakePulumi{outputs: func(context.Context, string, string) (map[string]any, error) {
		return nil, down
	}}, "prod", Overrides{}, APIURL)
	assert.ErrorIs(t, err, down)
}

func TestPlain_httpToAnotherMachine(t *testing.T) {
	for address, want := range map[string]bool{
		"http://alb.example.com": true, "http://10.0.0.7:8000": true, "http://[2001:db8::1]": true,
		"https://alb.example.com": false, "http://localhost:8000": false, "http://127.0.0.1:8000": false, "http://[::1]:8000": false,
		"http://api.localhost": false,
	} {
		on, err := Resolve(t.Context(), fakePulumi{}, "", Overrides{Values: map[Part]string{APIURL: address}})
		require.NoError(t, err)
		assert.Equal(t, want, on.Plain(), address)
	}
}

// script puts a program named pulumi on PATH that does what body says.
func script(t *testing.T, body string) CLI {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pulumi"), []byte("#!/bin/sh\n"+body), 0o700))
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return CLI{Workspace: dir}
}

func TestPulumi_readsOutputsAndConfig(t *testing.T) {
	cli := script(t, `case "$*" in
*"stack output --json --stack prod") echo '{"url":"http://alb"}';;
*"config --json --stack prod") echo '{"ingest-compute:payloadVersion":{"value":"v2","secret":false}}';;
*) echo "unexpected: $*" >&2; exit 1;;
esac`)
	outputs, err := cli.Outputs(t.Context(), ".", "prod")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"url": "http://alb"}, outputs)
	config, err := cli.Config(t.Context(), ".", "prod")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"ingest-compute:payloadVersion": "v2"}, config)
}

func TestPulumi_fails_errorQuotesIt(t *testing.T) {
	cli := script(t, "echo \"error: no stack named 'prod' found\" >&2; exit 255")
	_, err := cli.Outputs(t.Context(), "stacks/data-config", "prod")
	assert.EqualError(t, err, "reading stack prod of stacks/data-config: error: no stack named 'prod' found "+
		"(is it deployed, and is pulumi logged in to its backend? pulumi whoami -v)")
}

func TestPulumi_outputIsNotJSON_isAnError(t *testing.T) {
	_, err := script(t, "echo welcome").Outputs(t.Context(), ".", "prod")
	assert.ErrorContains(t, err, "reading what pulumi printed for stack prod of .: invalid character")
}

func TestPulumi_missing_errorSaysHowToGetIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := CLI{Workspace: t.TempDir()}.Outputs(t.Context(), ".", "prod")
	assert.ErrorContains(t, err, "pulumi is not installed (https://www.pulumi.com/docs/install)")
}

func TestPulumi_workspace_isFoundAboveTheWorkingDirectory(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"go.work", "Pulumi.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o600))
	}
	below := filepath.Join(root, "services", "api")
	require.NoError(t, os.MkdirAll(below, 0o700))
	t.Chdir(below)
	got, err := CLI{}.workspace()
	require.NoError(t, err)
	assert.Equal(t, root, got)

	t.Chdir(t.TempDir())
	_, err = CLI{}.workspace()
	assert.ErrorContains(t, err, "give --workspace")
}
