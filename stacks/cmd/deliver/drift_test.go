package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refreshed is a resource as the state has it and as a refresh finds it.
type refreshed struct {
	kind, name, id string
	was, is        map[string]any
}

// unchanged is a resource that a refresh finds as the state has it.
func unchanged(kind, name, id string, outputs map[string]any) refreshed {
	return refreshed{kind, name, id, outputs, outputs}
}

// events is the event log of a preview that refreshes resources.
func events(t *testing.T, resources ...refreshed) string {
	t.Helper()
	var log strings.Builder
	for _, r := range resources {
		urn := "urn:pulumi:prod::ingest::" + r.kind + "::" + r.name
		state := func(outputs map[string]any) map[string]any {
			return map[string]any{"urn": urn, "type": r.kind, "id": r.id, "outputs": outputs}
		}
		pre := map[string]any{"resourcePreEvent": map[string]any{"metadata": map[string]any{"op": "refresh", "urn": urn, "type": r.kind}}}
		post := map[string]any{"resOutputsEvent": map[string]any{"metadata": map[string]any{
			"op": "update", "urn": urn, "type": r.kind, "old": state(r.was), "new": state(r.is),
		}}}
		// The step of the program follows that of the refresh, and is not one.
		plan := map[string]any{"resOutputsEvent": map[string]any{"metadata": map[string]any{"op": "same", "urn": urn, "type": r.kind}}}
		for _, event := range []any{pre, post, plan} {
			line, err := json.Marshal(event)
			require.NoError(t, err)
			log.Write(append(line, '\n'))
		}
	}
	return log.String()
}

// fakeAccount answers the lookups: no foreign resource unless a test adds one.
type fakeAccount struct {
	subscriptions []snstypes.Subscription
	listeners     []elbtypes.Listener
	cors          []s3types.CORSRule
	err           error
}

func (f fakeAccount) ListSubscriptionsByTopic(context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: f.subscriptions}, f.err
}

func (f fakeAccount) DescribeListeners(context.Context, *elb.DescribeListenersInput, ...func(*elb.Options)) (*elb.DescribeListenersOutput, error) {
	return &elb.DescribeListenersOutput{Listeners: f.listeners}, f.err
}

func (f fakeAccount) GetBucketCors(context.Context, *s3.GetBucketCorsInput, ...func(*s3.Options)) (*s3.GetBucketCorsOutput, error) {
	if f.err == nil && f.cors == nil {
		return nil, &smithy.GenericAPIError{Code: "NoSuchCORSConfiguration"}
	}
	return &s3.GetBucketCorsOutput{CORSRules: f.cors}, f.err
}

// compared runs drift over a log and an account.
func compared(t *testing.T, log, printed string, failure error, in fakeAccount) (status, part string, err error) {
	t.Helper()
	a, _ := newApp(t, map[string]string{"ENV": "prod"})
	folder := t.TempDir()
	run := func(_ context.Context, layer string, output io.Writer, args ...string) error {
		assert.Equal(t, "compute: preview --stack prod --refresh --expect-no-changes --diff --suppress-progress --event-log", layer+": "+strings.Join(args[:len(args)-1], " "))
		fmt.Fprint(output, printed)
		require.NoError(t, os.WriteFile(args[len(args)-1], []byte(log), 0o600))
		return failure
	}
	err = driftCommand{Stack: "compute", Folder: folder}.compare(t.Context(), a, run, account{in, in, in})
	return readFile(t, filepath.Join(folder, "compute.status")), readFile(t, filepath.Join(folder, "compute.md")), err
}

func TestDrift_andFailure_haveDifferentStatus(t *testing.T) {
	log := events(t, unchanged("aws:sqs/queue:Queue", "queue", "q", nil))
	status, part, err := compared(t, log, "Resources:\n    12 unchanged\n", nil, fakeAccount{})
	require.NoError(t, err)
	assert.Equal(t, "clean\n", status)
	assert.Contains(t, part, "#### `compute`: as deployed")

	status, part, err = compared(t, log, "error: no changes were expected but changes were proposed\n", errors.New("status 1"), fakeAccount{})
	require.NoError(t, err)
	assert.Equal(t, "drift\n", status)
	assert.Contains(t, part, "differs from what is deployed")

	status, part, err = compared(t, "", "error: AccessDenied\n", errors.New("status 1"), fakeAccount{})
	require.EqualError(t, err, "comparing compute in prod: status 1")
	assert.Equal(t, "failed\n", status)
	assert.Contains(t, part, "error: AccessDenied")

	// A log without any resource proves nothing.
	status, _, err = compared(t, "", "", nil, fakeAccount{})
	require.Error(t, err)
	assert.Equal(t, "failed\n", status)
}

func list(values ...any) []any { return values }

func entry(protocol string, from, to float64, property string, sources ...any) map[string]any {
	return map[string]any{"protocol": protocol, "fromPort": from, "toPort": to, property: sources}
}

// deployment is a stack without drift. What its own side resources add to groups,
// roles, keys, topics and buckets differs from the state in which these were made.
func deployment() map[string]refreshed {
	resources := map[string]refreshed{}
	for _, r := range []refreshed{
		{
			typeGroup, "api-group", "sg-1",
			map[string]any{"ingress": list(), "egress": list()},
			map[string]any{"ingress": list(entry("tcp", 8000, 8000, "securityGroups", "sg-2")), "egress": list(entry("-1", 0, 0, "cidrBlocks", "0.0.0.0/0"))},
		},
		unchanged("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "from-balancer", "sgr-1",
			map[string]any{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 8000.0, "toPort": 8000.0, "referencedSecurityGroupId": "sg-2"}),
		unchanged("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out", "sgr-2",
			map[string]any{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}),
		{
			typeRole, "api-role", "ingest-prod-api",
			map[string]any{"inlinePolicies": list(), "managedPolicyArns": list()},
			map[string]any{"inlinePolicies": list(map[string]any{"name": "token"}), "managedPolicyArns": list("arn:aws:iam::aws:policy/Ours")},
		},
		unchanged("aws:iam/rolePolicy:RolePolicy", "token", "ingest-prod-api:token", map[string]any{"role": "ingest-prod-api", "name": "token"}),
		unchanged("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ours", "x", map[string]any{"role": "ingest-prod-api", "policyArn": "arn:aws:iam::aws:policy/Ours"}),
		{typeTopic, "alarms", "arn:topic", map[string]any{"arn": "arn:topic", "policy": "default"}, map[string]any{"arn": "arn:topic", "policy": "ours"}},
		unchanged("aws:sns/topicPolicy:TopicPolicy", "alarms-policy", "arn:topic", map[string]any{"arn": "arn:topic", "policy": "ours"}),
		unchanged("aws:sns/topicSubscription:TopicSubscription", "mail", "arn:topic:1", map[string]any{"topic": "arn:topic", "protocol": "email", "endpoint": "ops@example.com"}),
		unchanged(typeKey, "key", "key-1", map[string]any{"arn": "arn:key", "policy": "ours"}),
		{typeBucket, "payloads", "ingest-payload", map[string]any{"policy": "", "versionings": list()}, map[string]any{"policy": "tls", "versionings": list(map[string]any{"enabled": true})}},
		unchanged("aws:s3/bucketPolicy:BucketPolicy", "tls", "ingest-payload", map[string]any{"bucket": "ingest-payload", "policy": "tls"}),
		unchanged(typeBalancer, "balancer", "arn:lb", map[string]any{"arn": "arn:lb"}),
		unchanged(typeListener, "http", "arn:listener/80", nil),
	} {
		resources[r.name] = r
	}
	return resources
}

func (r refreshed) with(property string, value any) refreshed {
	is := map[string]any{}
	for name, v := range r.is {
		is[name] = v
	}
	is[property] = value
	r.is = is
	return r
}

func ownAccount() fakeAccount {
	return fakeAccount{
		subscriptions: []snstypes.Subscription{{SubscriptionArn: aws.String("PendingConfirmation"), Protocol: aws.String("email"), Endpoint: aws.String("ops@example.com")}},
		listeners:     []elbtypes.Listener{{ListenerArn: aws.String("arn:listener/80"), Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp}},
	}
}

func found(t *testing.T, resources map[string]refreshed, in fakeAccount) (status, part string) {
	t.Helper()
	var all []refreshed
	for _, r := range resources {
		all = append(all, r)
	}
	status, part, err := compared(t, events(t, all...), "", nil, in)
	require.NoError(t, err)
	return status, part
}

func TestDrift_whatSideResourcesAdd_isNoDrift(t *testing.T) {
	status, part := found(t, deployment(), ownAccount())
	assert.Equal(t, "clean\n", status, part)
}

func TestDrift_additionsThatNoUpdateRemoves(t *testing.T) {
	for name, c := range map[string]struct {
		of, property string
		value        any
		says         string
	}{
		"a port open to the world": {
			"api-group", "ingress", list(entry("tcp", 8000, 8000, "securityGroups", "sg-2"), entry("tcp", 22, 22, "cidrBlocks", "0.0.0.0/0")),
			"`api-group` (`sg-1`): ingress tcp 22-22, 0.0.0.0/0",
		},
		"another source of a known port": {
			"api-group", "ingress", list(entry("tcp", 8000, 8000, "securityGroups", "sg-2", "sg-3")), "ingress tcp 8000-8000, sg-3",
		},
		"another way out": {
			"api-group", "egress", list(entry("-1", 0, 0, "cidrBlocks", "0.0.0.0/0"), entry("-1", 0, 0, "ipv6CidrBlocks", "::/0")), "egress all ports, ::/0",
		},
		"an inline policy": {
			"api-role", "inlinePolicies", list(map[string]any{"name": "token"}, map[string]any{"name": "all"}), "`api-role` (`ingest-prod-api`): the inline policy all",
		},
		"an attached policy": {
			"api-role", "managedPolicyArns", list("arn:aws:iam::aws:policy/Ours", "arn:aws:iam::aws:policy/AdministratorAccess"),
			"the attached policy arn:aws:iam::aws:policy/AdministratorAccess",
		},
		"a key opened to everyone":       {"key", "policy", "*", "`key` (`key-1`): another policy than the state has"},
		"a bucket that became a website": {"payloads", "websites", list(map[string]any{"indexDocument": "index.html"}), "another websites than the state has"},
		"a bucket copied to another one": {"payloads", "replicationConfigurations", list("r"), "another replicationConfigurations than the state has"},
		"a bucket granted to everyone":   {"payloads", "grants", list("AllUsers"), "another grants than the state has"},
	} {
		t.Run(name, func(t *testing.T) {
			resources := deployment()
			resources[c.of] = resources[c.of].with(c.property, c.value)
			status, part := found(t, resources, ownAccount())
			assert.Equal(t, "drift\n", status)
			assert.Contains(t, part, "What the program does not know:\n\n- ")
			assert.Contains(t, part, c.says)
			assert.Equal(t, 1, strings.Count(part, "\n- "), part)
		})
	}
}

func TestDrift_policyWithoutASideResource(t *testing.T) {
	resources := deployment()
	delete(resources, "alarms-policy")
	_, part := found(t, resources, ownAccount())
	assert.Contains(t, part, "`alarms` (`arn:topic`): another policy than the state has")
}

func TestDrift_whatNoResourceRefersTo(t *testing.T) {
	other := ownAccount()
	other.subscriptions = append(other.subscriptions, snstypes.Subscription{Protocol: aws.String("https"), Endpoint: aws.String("https://example.org")})
	other.listeners = append(other.listeners, elbtypes.Listener{ListenerArn: aws.String("arn:listener/8080"), Port: aws.Int32(8080), Protocol: elbtypes.ProtocolEnumHttp})
	other.cors = []s3types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}
	status, part := found(t, deployment(), other)
	assert.Equal(t, "drift\n", status)
	assert.Contains(t, part, "- `alarms` (`arn:topic`): the https subscription of https://example.org\n")
	assert.Contains(t, part, "- `balancer` (`arn:lb`): the HTTP listener on port 8080\n")
	assert.Contains(t, part, "- `payloads` (`ingest-payload`): a CORS rule for [GET] from [*]\n")
	assert.Equal(t, 3, strings.Count(part, "\n- "))
}

func TestDrift_lookupRefused_isAFailure(t *testing.T) {
	var all []refreshed
	for _, r := range deployment() {
		all = append(all, r)
	}
	refused := ownAccount()
	refused.err = errors.New("AccessDenied")
	status, _, err := compared(t, events(t, all...), "", nil, refused)
	require.ErrorContains(t, err, "AccessDenied")
	assert.Equal(t, "failed\n", status)
}
