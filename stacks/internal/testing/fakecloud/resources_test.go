package fakecloud_test

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	bucketType     = "aws:s3/bucketV2:BucketV2"
	parameterType  = "aws:ssm/parameter:Parameter"
	queueType      = "aws:sqs/queue:Queue"
	roleType       = "aws:iam/role:Role"
	policyType     = "aws:iam/policy:Policy"
	attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	inlineType     = "aws:iam/rolePolicy:RolePolicy"
	groupType      = "aws:ec2/securityGroup:SecurityGroup"
	balancerType   = "aws:lb/loadBalancer:LoadBalancer"
	targetsType    = "aws:lb/targetGroup:TargetGroup"
	listenerType   = "aws:lb/listener:Listener"
	repositoryType = "aws:ecr/repository:Repository"
	clusterType    = "aws:ecs/cluster:Cluster"
	taskType       = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType    = "aws:ecs/service:Service"
)

func TestCreate_idsAndOutputs_haveTheFormsOfAWS(t *testing.T) {
	for _, c := range []struct {
		token  string
		inputs in
		id     string
		output string
		form   string
	}{
		{bucketType, in{"bucket": "b"}, `^b$`, "arn", `^arn:aws:s3:::b$`},
		{parameterType, in{"name": "/a/b"}, `^/a/b$`, "arn", `^arn:aws:ssm:eu-west-1:123456789012:parameter/a/b$`},
		{"aws:kms/key:Key", in{}, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, "arn", `^arn:aws:kms:eu-west-1:123456789012:key/[0-9a-f-]{36}$`},
		{queueType, in{"name": "q"}, `^https://sqs\.eu-west-1\.amazonaws\.com/123456789012/q$`, "arn", `^arn:aws:sqs:eu-west-1:123456789012:q$`},
		{"aws:sns/topic:Topic", in{"name": "t"}, `^arn:aws:sns:eu-west-1:123456789012:t$`, "owner", `^123456789012$`},
		{"aws:cloudwatch/metricAlarm:MetricAlarm", in{"name": "a"}, `^a$`, "arn", `^arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a$`},
		{"aws:cloudwatch/logGroup:LogGroup", in{"name": "/l"}, `^/l$`, "arn", `^arn:aws:logs:eu-west-1:123456789012:log-group:/l$`},
		{
			"aws:iam/openIdConnectProvider:OpenIdConnectProvider",
			in{"url": "https://issuer.example"},
			`^arn:aws:iam::123456789012:oidc-provider/issuer\.example$`, "arn", `^arn:aws:iam::123456789012:oidc-provider/issuer\.example$`,
		},
		{roleType, in{"name": "r"}, `^r$`, "arn", `^arn:aws:iam::123456789012:role/r$`},
		{policyType, in{"name": "p"}, `^arn:aws:iam::123456789012:policy/p$`, "policyId", `^ANPA[0-9A-F]{17}$`},
		{groupType, in{"vpcId": "vpc-0d0000000000000a1"}, `^sg-[0-9a-f]{17}$`, "arn", `^arn:aws:ec2:eu-west-1:123456789012:security-group/sg-[0-9a-f]{17}$`},
		{
			balancerType,
			in{},
			`^arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/it-[0-9a-f]{7}/[0-9a-f]{16}$`,
			"dnsName", `^it-[0-9a-f]{7}-\d{10}\.eu-west-1\.elb\.amazonaws\.com$`,
		},
		{
			targetsType,
			in{},
			`^arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/it-[0-9a-f]{7}/[0-9a-f]{16}$`,
			"arnSuffix", `^targetgroup/it-[0-9a-f]{7}/[0-9a-f]{16}$`,
		},
		{repositoryType, in{"name": "i"}, `^i$`, "repositoryUrl", `^123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com/i$`},
		{clusterType, in{"name": "c"}, `^arn:aws:ecs:eu-west-1:123456789012:cluster/c$`, "arn", `:cluster/c$`},
		{taskType, in{"family": "f"}, `^f$`, "arn", `^arn:aws:ecs:eu-west-1:123456789012:task-definition/f:1$`},
	} {
		t.Run(c.token, func(t *testing.T) {
			e := attach(t)
			assert.Regexp(t, c.id, e.made(c.token, "it", c.inputs))
			assert.Regexp(t, c.form, e.output(c.token, "it", c.output).GetStringValue())
			assert.True(t, e.refresh(c.token, "it"))
			assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, e.diff(c.token, "it", c.inputs).GetChanges(), "what was read is what was made")
			require.NoError(t, e.delete(c.token, "it"))
			assert.Empty(t, e.Resources(""))
			assert.False(t, e.refresh(c.token, "it"))
		})
	}
}

func TestCreate_unknownTypeOrInput_isRefused(t *testing.T) {
	e := attach(t)
	_, err := e.make("aws:dynamodb/table:Table", "table", in{})
	require.ErrorContains(t, err, "knows no type aws:dynamodb/table:Table")
	_, err = e.invoke("aws:ssm/getParameter:getParameter", in{})
	require.ErrorContains(t, err, "knows no function aws:ssm/getParameter:getParameter")
	_, err = e.make(queueType, "queue", in{"namePrefix": "q"})
	require.ErrorContains(t, err, "gives no names by namePrefix")
}

func TestDiff_immutableInputs_replace(t *testing.T) {
	vpc := "vpc-0d0000000000000a1"
	for _, c := range []struct {
		name          string
		token         string
		before, after in
		changed       []string
		replaces      []string
	}{
		{"nothing", queueType, in{"name": "q"}, in{"name": "q"}, nil, nil},
		{"a queue's timeout", queueType, in{"name": "q", "visibilityTimeoutSeconds": 1}, in{"name": "q", "visibilityTimeoutSeconds": 2}, []string{"visibilityTimeoutSeconds"}, nil},
		{"a queue's name", queueType, in{"name": "q"}, in{"name": "r"}, []string{"name"}, []string{"name"}},
		{"an input removed", queueType, in{"name": "q", "delaySeconds": 1}, in{"name": "q"}, []string{"delaySeconds"}, nil},
		{"an input added", queueType, in{"name": "q"}, in{"name": "q", "delaySeconds": 1}, []string{"delaySeconds"}, nil},
		{"a policy's document", policyType, in{"name": "p", "policy": "{}"}, in{"name": "p", "policy": "[]"}, []string{"policy"}, nil},
		{"a policy's description", policyType, in{"name": "p", "description": "a"}, in{"name": "p", "description": "b"}, []string{"description"}, []string{"description"}},
		{"a group's description", groupType, in{"vpcId": vpc, "description": "a"}, in{"vpcId": vpc, "description": "b"}, []string{"description"}, []string{"description"}},
		{"target group's port", targetsType, in{"port": 1}, in{"port": 2}, []string{"port"}, []string{"port"}},
		{"target group's delay", targetsType, in{"deregistrationDelay": 1}, in{"deregistrationDelay": 2}, []string{"deregistrationDelay"}, nil},
		{"a task's containers", taskType, in{"family": "f", "containerDefinitions": "[]"}, in{"family": "f", "containerDefinitions": "[1]"}, []string{"containerDefinitions"}, []string{"containerDefinitions"}},
		{"a task's tags", taskType, in{"family": "f", "tags": in{"a": "b"}}, in{"family": "f", "tags": in{"a": "c"}}, []string{"tags"}, nil},
		{"a repository's tags", repositoryType, in{"name": "i", "tags": in{"a": "b"}}, in{"name": "i"}, []string{"tags"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := attach(t)
			e.made(c.token, "it", c.before)
			diff := e.diff(c.token, "it", c.after)
			assert.Equal(t, c.changed, diff.GetDiffs())
			assert.Equal(t, c.replaces, diff.GetReplaces())
		})
	}
}

func TestDiff_ignoredInput_isNoChange(t *testing.T) {
	e := attach(t)
	e.made(parameterType, "it", in{"name": "/p", "value": "CHANGEME"})
	require.NoError(t, e.SetParameter("/p", "set"))
	e.refresh(parameterType, "it")
	inputs := in{"name": "/p", "value": "CHANGEME"}
	assert.Equal(t, []string{"value"}, e.diff(parameterType, "it", inputs).GetDiffs())
	assert.Empty(t, e.diff(parameterType, "it", inputs, "value").GetDiffs())
}

func TestDiff_givenName_isDeletedBeforeReplacement(t *testing.T) {
	e := attach(t)
	e.made(targetsType, "given", in{"name": "g", "port": 1})
	assert.True(t, e.diff(targetsType, "given", in{"name": "g", "port": 2}).GetDeleteBeforeReplace())
	assert.False(t, e.diff(targetsType, "given", in{"name": "other", "port": 2}).GetDeleteBeforeReplace())
	e.made(targetsType, "random", in{"port": 1})
	assert.False(t, e.diff(targetsType, "random", in{"port": 2}).GetDeleteBeforeReplace(), "the provider makes another name")
	assert.Empty(t, e.diff(targetsType, "random", in{"port": 1}).GetDiffs(), "a name that was made stays")
}

func TestPreview_makesNothing(t *testing.T) {
	e := attach(t)
	checked, err := e.check(queueType, "it", in{"name": "q"}, nil)
	require.NoError(t, err)
	response, err := e.client.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn(queueType, "it"), Properties: checked, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, response.GetId())
	assert.NotContains(t, response.GetProperties().AsMap(), "url", "what is left out is unknown to the program")
	assert.Empty(t, e.Resources(""))
	assert.Empty(t, e.Calls())
}
