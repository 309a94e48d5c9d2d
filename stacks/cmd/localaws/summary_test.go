package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTree_resourcesAreBelowTheirParents(t *testing.T) {
	const root, parent = "urn::stack", "urn::data"
	all := []stateResource{
		{URN: root, Type: "pulumi:pulumi:Stack", Outputs: map[string]any{"url": "http://x", "tags": []any{"a"}}},
		{URN: "urn::aws", Type: "pulumi:providers:aws", Parent: root},
		{URN: parent, Type: "ingest:dataconfig:DataConfig", Parent: root},
		{URN: "urn::emails", Type: "aws:sqs/queue:Queue", Parent: parent},
		{URN: "urn::topic", Type: "aws:sns/topic:Topic", Parent: parent},
		{URN: "urn::dlq", Type: "aws:sqs/queue:Queue", Parent: parent},
	}
	var tree, outputs strings.Builder
	writeTree(&tree, dataConfig, all)
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(tree.String(), "\n"), "\n") {
		lines = append(lines, regexp.MustCompile(`(\S) {2,}`).ReplaceAllString(line, "$1 | "))
	}
	assert.Equal(t, []string{
		"  data-config: 4 resources",
		"    DataConfig data",
		"      sns Topic | topic",
		"      sqs Queue | dlq, emails",
	}, lines)
	writeOutputs(&outputs, dataConfig, all)
	assert.Regexp(t, `(?s)^  data-config\n    tags +\["a"\]\n    url +http://x\n$`, outputs.String())
}

func TestRoles_inlineOwnAndManagedPolicies(t *testing.T) {
	aws := fakecloud.New()
	add := func(kind string, inputs map[string]any) string {
		id, err := aws.Add(kind, inputs)
		require.NoError(t, err)
		return id
	}
	allow := func(action string) string {
		return `{"Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
	}
	add(roleType, map[string]any{"name": "r", "assumeRolePolicy": `{"Statement":[{"Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}`})
	add(roleType, map[string]any{"name": "s", "assumeRolePolicy": `{"Statement":[{"Principal":{"AWS":"*"}}]}`})
	add(inlineType, map[string]any{"role": "r", "name": "inline", "policy": allow("sqs:SendMessage")})
	own := add(managedType, map[string]any{"name": "own", "policy": allow("s3:PutObject")})
	for _, arn := range []string{own, "arn:aws:iam::aws:policy/ReadOnlyAccess"} {
		add(attachmentType, map[string]any{"role": "r", "policyArn": arn})
	}
	var out strings.Builder
	require.NoError(t, writeRoles(&out, aws))
	assert.Equal(t, `  r
    taken by tasks of ECS
    may send message (sqs) on every resource
    may put object (s3) on every resource
    may do what AWS's policy arn:aws:iam::aws:policy/ReadOnlyAccess allows
  s
    taken by everyone
`, out.String())
}

// The flags are ingestctl's, which is in another module.
func TestCostFlags_areThoseOfIngestctl(t *testing.T) {
	aws := fakecloud.New()
	add := func(kind string, inputs map[string]any) string {
		id, err := aws.Add(kind, inputs)
		require.NoError(t, err)
		return id
	}
	cluster := add("aws:ecs/cluster:Cluster", map[string]any{"name": "c"})
	add("aws:ecs/taskDefinition:TaskDefinition", map[string]any{"family": "f"})
	task := aws.Resources("aws:ecs/taskDefinition:TaskDefinition")[0].Attributes["arn"]
	for name, count := range map[string]int{"ingest-local-api": 2, "ingest-local-worker": 3} {
		add("aws:ecs/service:Service", map[string]any{"name": name, "cluster": cluster, "taskDefinition": task, "desiredCount": count})
	}
	add("aws:lb/loadBalancer:LoadBalancer", map[string]any{"name": "l", "subnets": []any{"subnet-0d0000000000000a1", "subnet-0d0000000000000b2"}})
	add("aws:cloudwatch/metricAlarm:MetricAlarm", map[string]any{"name": "a"})
	add("aws:cloudwatch/logGroup:LogGroup", map[string]any{"name": "/l", "retentionInDays": 7})
	for _, environment := range []string{"shared", "local"} {
		add("aws:kms/key:Key", map[string]any{"tags": map[string]any{"Environment": environment}})
	}
	flags := costFlags(aws)
	assert.Equal(t, []string{"cost", "--api-tasks=2", "--worker-tasks=3", "--zones=2", "--alarms=1", "--kms-keys=1", "--log-days=7"}, flags)

	root, err := workspace.Root()
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(root, "services/ingestctl/internal/cli/cost.go"))
	require.NoError(t, err)
	fields := map[string]string{"--api-tasks": "APITasks", "--worker-tasks": "WorkerTasks", "--zones": "Zones", "--alarms": "Alarms", "--kms-keys": "KMSKeys", "--log-days": "LogDays"}
	for _, flag := range flags[1:] {
		name, _, _ := strings.Cut(flag, "=")
		require.Contains(t, fields, name)
		assert.Regexp(t, `(?m)^\t`+fields[name]+` +\*int `, string(content), name)
	}
}
