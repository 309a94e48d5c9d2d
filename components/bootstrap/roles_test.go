package bootstrap_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	tokenParameter = in("ssm", "parameter/ingest/prod/token")
	emailsQueue    = in("sqs", "ingest-prod-eu-west-1-emails-queue")
	emailsDlq      = in("sqs", "ingest-prod-eu-west-1-emails-dlq")
	onePayload     = payloadBucket + "/emails/v1/prod/2026/01/02/1_msgid=2.json"
)

// What no role may do.
func TestRoles_reachNeitherPayloadsNorIAM(t *testing.T) {
	everyRole(t, func(t *testing.T, _ string, who policyeval.Identity) {
		assertRefused(
			t, who,
			calls(onePayload, "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"),
			calls("arn:aws:s3:::other/k", "s3:GetObject", "s3:PutObject"),
			calls("arn:aws:s3:::other", "s3:ListBucket"),
			calls(payloadBucket, "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"),
			calls(stateBucket, "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketVersioning"),
			calls(emailsQueue, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:DeleteQueue"),
			calls(emailsDlq, "sqs:ReceiveMessage", "sqs:StartMessageMoveTask"),
			calls(tokenParameter, "ssm:PutParameter", "ssm:DeleteParameter"),
			calls(in("ssm", "parameter/other/prod/token"), "ssm:GetParameter"),
			calls(in("ssm", "parameter/ingest/staging/token"), "ssm:GetParameter"),
			calls(keyARN, "kms:Encrypt", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:DisableKey"),
			calls(in("kms", "key/other"), "kms:Decrypt"),
			calls("*", "iam:CreateUser", "iam:CreateAccessKey", "sts:AssumeRole", "organizations:LeaveOrganization", "ec2:RunInstances", "lambda:CreateFunction"),
			calls(iamARN("role/ingest-prod-new"), roleCalls...), calls(taskRole, roleCalls...),
			calls(iamARN("policy/ingest-prod-new"), "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"),
			calls(iamARN("oidc-provider/token.actions.githubusercontent.com"), "iam:AddClientIDToOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider"),
		)
	})
}

func TestRoles_cannotEditTheFourRoles(t *testing.T) {
	passed := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}
	everyRole(t, func(t *testing.T, _ string, who policyeval.Identity) {
		for _, other := range []string{"ci", "cd", "preview", "drift"} {
			assertRefused(
				t, who,
				with(passed, iamARN("role/ingest-github-actions-"+other),
					"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy",
					"iam:DeleteRole", "iam:CreateRole", "iam:TagRole", "iam:PassRole", "iam:UpdateRole", "sts:AssumeRole"),
				calls(iamARN("policy/ingest-github-actions-"+other+"-deny-data-access"), "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"),
			)
		}
	})
}

// admin is an administrator's slip: everything, attached to a role of ours.
const admin = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func TestRoles_furtherPolicies_deniesStillHold(t *testing.T) {
	everything, err := policyeval.Parse(admin)
	require.NoError(t, err)
	everyRole(t, func(t *testing.T, role string, who policyeval.Identity) {
		who.Policies = append(who.Policies, everything)
		assertRefused(t, who, calls(onePayload, "s3:GetObject"), calls(emailsQueue, "sqs:ReceiveMessage"), calls(emailsDlq, "sqs:ReceiveMessage"))
		if role != "drift" {
			assertRefused(t, who, calls(tokenParameter, "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"))
		}
		if role == "cd" {
			assertRefused(
				t, who,
				calls(iamARN("role/ingest-github-actions-cd"), "iam:AttachRolePolicy"),
				calls(iamARN("policy/ingest-github-actions-cd-deny-data-access"), "iam:CreatePolicyVersion"),
				calls(iamARN("oidc-provider/token.actions.githubusercontent.com"), "iam:AddClientIDToOpenIDConnectProvider"),
				calls(iamARN("role/ingest-prod-new"), roleCalls...), calls(taskRole, roleCalls...), calls(iamARN("role/admin"), roleCalls...),
				calls(taskRole, "sts:AssumeRole"), calls(iamARN("user/x"), "iam:CreateUser", "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:AddUserToGroup"),
			)
		}
	})
}

// FSBP IAM.1 and IAM.21: no policy allows everything, or a whole service; and a
// resource "*" stands only with calls that AWS does not check against one.
func TestPolicies_allowNoWholeService(t *testing.T) {
	withoutResource := map[string]bool{
		"ecr:GetAuthorizationToken": true, "ecs:DescribeTaskDefinition": true, "logs:DescribeLogGroups": true,
		"kms:ListAliases": true, "application-autoscaling:DescribeScalableTargets": true, "application-autoscaling:DescribeScalingPolicies": true, "sns:GetSubscriptionAttributes": true, "ssm:DescribeParameters": true,
	}
	graph := build(t, required())
	var names []string
	for role, policies := range policiesOf {
		for _, name := range policies {
			names = append(names, "ingest-github-actions-"+role+"-"+name)
		}
	}
	for _, name := range names {
		var document struct {
			Statement []struct {
				Sid, Effect      string
				Action, Resource any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(graph.One(t, policyType, name).Plain("policy").(string)), &document))
		for _, s := range document.Statement {
			if s.Effect != "Allow" {
				continue
			}
			for _, action := range list(s.Action) {
				assert.NotContains(t, action, "*", "%s %s", name, s.Sid)
				describes := strings.HasPrefix(action, "ec2:Describe") || strings.HasPrefix(action, "elasticloadbalancing:Describe")
				if list(s.Resource)[0] == "*" {
					assert.True(t, withoutResource[action] || describes, "%s %s: %s on *", name, s.Sid, action)
				}
			}
		}
	}
}

// list is one value or several, as policies have them.
func list(value any) []string {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	var all []string
	for _, item := range value.([]any) {
		all = append(all, item.(string))
	}
	return all
}
