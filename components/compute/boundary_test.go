package compute

import (
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/bootstrap"
	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/internal/testing/mocktest"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// boundary is the policy that bootstrap bounds the roles of prod with.
func boundary(t *testing.T) policyeval.Policy {
	t.Helper()
	graph, err := mocktest.Run(t, func(ctx *pulumi.Context) error {
		_, err := bootstrap.New(ctx, "bootstrap", &bootstrap.Args{Project: "ingest", GithubOwner: "acme", GithubRepo: "ingest"})
		return err
	})
	require.NoError(t, err)
	for _, policy := range graph.Of("aws:iam/policy:Policy") {
		if policy.Plain("name") == naming.Boundary("ingest") {
			parsed, err := policyeval.Parse(policy.Plain("policy").(string))
			require.NoError(t, err)
			return parsed
		}
	}
	require.Fail(t, "bootstrap makes no boundary")
	return policyeval.Policy{}
}

// within asserts that a role has what its policy gives it under the boundary,
// too. The two are written apart, and a name that differs in them shows itself
// only when a task starts.
func within(t *testing.T, bound policyeval.Policy, document iamdoc.Document) {
	t.Helper()
	own, err := policyeval.Parse(rendered(t, document))
	require.NoError(t, err)
	identity := policyeval.Identity{Policies: []policyeval.Policy{own}, Boundary: &bound}
	for _, statement := range document {
		for _, action := range statement.Actions {
			for _, resource := range statement.Resources {
				// Something that the pattern stands for; "*" stands for itself.
				if resource != "*" {
					resource = strings.ReplaceAll(resource, "*", "2026/11/23/1_msgid=1.json")
				}
				assert.True(t, identity.Allows(policyeval.Call{Action: action, Resource: resource}), "%s on %s", action, resource)
			}
		}
	}
}

func TestTheBoundaryLeavesTheRolesWhatTheyNeed(t *testing.T) {
	const in = ":eu-west-1:123456789012:"
	bound := boundary(t)
	queue := "arn:aws:sqs" + in + "ingest-prod-eu-west-1-emails-queue"
	within(t, bound, apiPolicy("arn:aws:ssm"+in+"parameter/ingest/prod/token", queue))
	within(t, bound, workerPolicy(queue, "arn:aws:s3:::ingest-prod-eu-west-1-payload-123456789012", "v1", "prod"))
	within(t, bound, executionPolicy(
		[]string{"arn:aws:ecr" + in + "repository/ingest-prod-api", "arn:aws:ecr" + in + "repository/ingest-prod-worker"},
		[]string{"arn:aws:logs" + in + "log-group:/ingest-prod/api", "arn:aws:logs" + in + "log-group:/ingest-prod/worker"},
	))
}

func TestTheBoundaryHoldsARoleThatWasGivenMore(t *testing.T) {
	bound := boundary(t)
	own, err := policyeval.Parse(rendered(t, workerPolicy("arn:aws:sqs:eu-west-1:123456789012:other", "arn:aws:s3:::other", "v1", "prod")))
	require.NoError(t, err)
	identity := policyeval.Identity{Policies: []policyeval.Policy{own}, Boundary: &bound}
	assert.False(t, identity.Allows(policyeval.Call{Action: "sqs:ReceiveMessage", Resource: "arn:aws:sqs:eu-west-1:123456789012:other"}))
	assert.False(t, identity.Allows(policyeval.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::other/emails/v1/prod/x"}))
}
