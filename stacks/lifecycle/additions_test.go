package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/engine"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	inlineType       = "aws:iam/rolePolicy:RolePolicy"
	inlineOnlyType   = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
	attachmentType   = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	attachedOnlyType = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	groupType        = "aws:ec2/securityGroup:SecurityGroup"

	administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	everything    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	public        = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`
)

// What is changed, or added, in the account behind Pulumi's back is shown by a
// preview that refreshes, and undone by an update that does.
func TestPreview_changesByOthers_areShown(t *testing.T) {
	t.Parallel()
	a := openDeployed(t)
	for _, layer := range []struct {
		project  *engine.Project
		meddle   func(t *testing.T, a *account)
		resource []string
	}{
		{a.bootstrap, meddleWithBootstrap, []string{
			attachedOnlyType + " ingest-github-actions-cd", "aws:kms/key:Key ingest-state", "aws:iam/role:Role ingest-github-actions-cd",
			"aws:iam/policy:Policy ingest-github-actions-preview-deny-data-access", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock ingest-state",
		}},
		{a.data, meddleWithData, []string{
			inlineOnlyType + " ingest-prod-api-task", attachedOnlyType + " ingest-prod-worker-task", inlineType + " ingest-prod-worker-task",
			queueType + " ingest-prod-emails-queue", "aws:sqs/queuePolicy:QueuePolicy ingest-prod-emails-queue",
			"aws:s3/bucketPolicy:BucketPolicy ingest-prod-payload", "aws:sns/topicPolicy:TopicPolicy ingest-prod-alarms",
			"aws:cloudwatch/metricAlarm:MetricAlarm ingest-prod-emails-dlq",
		}},
		{a.compute, meddleWithCompute, []string{
			groupType + " ingest-prod-api", groupType + " ingest-prod-worker", "aws:ecr/repositoryPolicy:RepositoryPolicy ingest-prod-api",
			"aws:ecr/repository:Repository ingest-prod-worker", "aws:cloudwatch/logGroup:LogGroup ingest-prod-api",
			"aws:lb/loadBalancer:LoadBalancer ingest-prod-alb", "aws:ecs/service:Service ingest-prod-worker",
		}},
	} {
		layer.project.Preview("--refresh", "--expect-no-changes").Succeeds(t)
		layer.meddle(t, a)
		unchanged(t, layer.project) // without a refresh
		layer.project.Preview("--refresh", "--expect-no-changes").Fails(t)

		a.aws.Forget()
		layer.project.Up("--refresh").Succeeds(t)
		updated := map[string]bool{}
		for _, call := range a.aws.Calls(fakecloud.Update) {
			updated[call.Type+" "+call.Name] = true
		}
		assert.ElementsMatch(t, layer.resource, slices.Collect(maps.Keys(updated)))
		layer.project.Preview("--refresh", "--expect-no-changes").Succeeds(t)
	}
	for _, r := range slices.Concat(a.aws.Resources(inlineType), a.aws.Resources(attachmentType)) {
		assert.NotEqual(t, "added", r.Attributes["name"])
		assert.NotEqual(t, administrator, r.Attributes["policyArn"])
	}
}

// change changes an attribute of the resource of a type that has an id, or of the
// only one.
func (a *account) change(t *testing.T, typeToken, id, attribute string, value any) {
	t.Helper()
	if id == "" {
		all := a.aws.Resources(typeToken)
		require.Len(t, all, 1)
		id = all[0].ID
	}
	require.NoError(t, a.aws.Change(typeToken, id, attribute, value))
}

func (a *account) add(t *testing.T, typeToken string, inputs map[string]any) {
	t.Helper()
	_, err := a.aws.Add(typeToken, inputs)
	require.NoError(t, err)
}

func meddleWithBootstrap(t *testing.T, a *account) {
	a.add(t, attachmentType, map[string]any{"role": "ingest-github-actions-cd", "policyArn": administrator})
	a.change(t, "aws:kms/key:Key", "", "policy", public)
	a.change(t, "aws:iam/role:Role", "ingest-github-actions-cd", "assumeRolePolicy", public)
	a.change(t, "aws:iam/policy:Policy", "arn:aws:iam::"+fakecloud.Account+":policy/ingest-github-actions-preview-deny-data-access", "policy", everything)
	a.change(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", stateBucket, "blockPublicPolicy", false)
}

func meddleWithData(t *testing.T, a *account) {
	const queue = "https://sqs.us-east-1.amazonaws.com/" + fakecloud.Account + "/ingest-prod-us-east-1-emails-queue"
	a.add(t, inlineType, map[string]any{"role": "ingest-prod-api-task", "name": "added", "policy": everything})
	a.add(t, attachmentType, map[string]any{"role": "ingest-prod-worker-task", "policyArn": administrator})
	a.change(t, inlineType, "ingest-prod-worker-task:ingest-prod-worker-task", "policy", everything)
	a.change(t, queueType, queue, "visibilityTimeoutSeconds", 1.0)
	a.change(t, "aws:sqs/queuePolicy:QueuePolicy", queue, "policy", public)
	a.change(t, "aws:s3/bucketPolicy:BucketPolicy", "ingest-prod-us-east-1-payload-"+fakecloud.Account, "policy", public)
	a.change(t, "aws:sns/topicPolicy:TopicPolicy", "", "policy", public)
	a.change(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "", "alarmActions", []any{})
}

func meddleWithCompute(t *testing.T, a *account) {
	for _, group := range a.aws.Resources(groupType) {
		for _, service := range []string{"api", "worker"} {
			if description, _ := group.Attributes["description"].(string); strings.HasPrefix(description, "Tasks of the "+service) {
				open := map[string]any{"protocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "cidrBlocks": []any{"0.0.0.0/0"}}
				a.change(t, groupType, group.ID, "ingress", append(group.Attributes["ingress"].([]any), open))
			}
		}
	}
	a.change(t, "aws:ecr/repositoryPolicy:RepositoryPolicy", "ingest-prod-api", "policy", public)
	a.change(t, "aws:ecr/repository:Repository", "ingest-prod-worker", "imageTagMutability", "MUTABLE")
	a.change(t, "aws:cloudwatch/logGroup:LogGroup", "/ingest-prod/api", "retentionInDays", 1.0)
	a.change(t, "aws:lb/loadBalancer:LoadBalancer", "", "dropInvalidHeaderFields", false)
	a.change(t, "aws:ecs/service:Service", "arn:aws:ecs:us-east-1:"+fakecloud.Account+":service/ingest-prod-cluster/ingest-prod-worker", "desiredCount", 5.0)
}
