package bootstrap_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	roleType   = "aws:iam/role:Role"
	policyType = "aws:iam/policy:Policy"
	attachType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

	// What AWS assigns under mocks.
	keyARN      = "arn:mock:ingest-state:aws:kms/key:Key"
	providerARN = "arn:mock:ingest-github:aws:iam/openIdConnectProvider:OpenIdConnectProvider"

	stateBucket   = "arn:aws:s3:::ingest-pulumi-state-eu-west-1-123456789012"
	payloadBucket = "arn:aws:s3:::ingest-prod-eu-west-1-payload-123456789012"
)

// policiesOf are the policies of each role, by the ends of their names.
var policiesOf = map[string][]string{
	"ci":      {"images", "deny-data-access"},
	"cd":      {"images", "services", "network", "https", "scaling", "roles", "deny-data-access", "state"},
	"preview": {"lookups", "deny-data-access", "state"},
	"drift":   {"lookups", "read-bootstrap", "read-data-config", "read-compute", "read-https", "deny-data-access", "state"},
}

func required() bootstrap.Args {
	return bootstrap.Args{Common: naming.Common{Project: "ingest"}, GithubOwner: "acme", GithubRepo: "ingest"}
}

func build(t *testing.T, args bootstrap.Args) *componentstest.Graph {
	t.Helper()
	graph, err := componentstest.Run(t, func(ctx *pulumi.Context) error {
		_, err := bootstrap.New(ctx, "bootstrap", &args)
		return err
	})
	require.NoError(t, err)
	return graph
}

func parse(t *testing.T, resource componentstest.Resource, key string) policyeval.Policy {
	t.Helper()
	parsed, err := policyeval.Parse(resource.Plain(key).(string))
	require.NoError(t, err, resource.Name)
	return parsed
}

// identity is a role as IAM sees it.
func identity(t *testing.T, graph *componentstest.Graph, role string) policyeval.Identity {
	t.Helper()
	var all policyeval.Identity
	for _, name := range policiesOf[role] {
		all.Policies = append(all.Policies, parse(t, graph.One(t, policyType, "ingest-github-actions-"+role+"-"+name), "policy"))
	}
	return all
}

// in is the ARN of something in the region.
func in(service, resource string) string {
	return "arn:aws:" + service + ":eu-west-1:123456789012:" + resource
}

func iamARN(resource string) string { return "arn:aws:iam::123456789012:" + resource }

// calls are actions on one resource, without context.
func calls(resource string, actions ...string) []policyeval.Call {
	return with(nil, resource, actions...)
}

// with are actions on one resource, with these values of condition keys.
func with(context map[string]string, resource string, actions ...string) []policyeval.Call {
	values := map[string][]string{}
	for key, value := range context {
		values[key] = []string{value}
	}
	var all []policyeval.Call
	for _, action := range actions {
		all = append(all, policyeval.Call{Action: action, Resource: resource, Context: values})
	}
	return all
}

func assertAllowed(t *testing.T, who policyeval.Identity, all ...[]policyeval.Call) {
	t.Helper()
	assertCalls(t, who, true, all)
}

func assertRefused(t *testing.T, who policyeval.Identity, all ...[]policyeval.Call) {
	t.Helper()
	assertCalls(t, who, false, all)
}

func assertCalls(t *testing.T, who policyeval.Identity, want bool, all [][]policyeval.Call) {
	t.Helper()
	for _, group := range all {
		for _, call := range group {
			assert.Equal(t, want, who.Allows(call), "%s on %s with %v", call.Action, call.Resource, call.Context)
		}
	}
}

// everyRole runs a test for each of the four.
func everyRole(t *testing.T, test func(t *testing.T, role string, who policyeval.Identity)) {
	t.Helper()
	graph := build(t, required())
	for role := range policiesOf {
		t.Run(role, func(t *testing.T) { test(t, role, identity(t, graph, role)) })
	}
}
