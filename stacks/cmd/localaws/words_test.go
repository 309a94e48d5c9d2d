package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPolicies_inWords(t *testing.T) {
	for name, c := range map[string]struct{ statement, want string }{
		"a call on a queue": {
			`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:123456789012:ingest-local-emails"}`,
			"may send message (sqs) on queue ingest-local-emails",
		},
		"calls of two services": {
			`{"Effect":"Allow","Action":["ecr:GetDownloadUrlForLayer","s3:GetBucketCORS","ecr:PutImage"],"Resource":"*"}`,
			"may get download url for layer, put image (ecr), get bucket cors (s3) on every resource",
		},
		"calls with one verb, and resources of one type": {
			`{"Effect":"Allow","Action":["s3:GetBucketAcl","s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b/x","arn:aws:s3:::b/y","arn:aws:s3:::c/x"]}`,
			"may get bucket acl, object, list bucket (s3) on objects x, y in bucket b; objects x in bucket c",
		},
		"calls on batches": {
			`{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage"],"Resource":"*"}`,
			"may batch check layer availability, batch get image (ecr) on every resource",
		},
		"a prefix of calls that is denied": {
			`{"Effect":"Deny","Action":["iam:Add*","iam:Put*","iam:*"],"Resource":["*"]}`,
			"must not make any call named Add*, Put*, make every call (iam) on every resource",
		},
		"every call": {`{"Effect":"Deny","Action":"*","Resource":"*"}`, "must not make every call (every service) on every resource"},
		"objects of a bucket": {
			`{"Effect":"Allow","Action":"s3:PutObject","Resource":["arn:aws:s3:::b/emails/*/local/*","arn:aws:s3:::b"]}`,
			"may put object (s3) on objects emails/*/local/* in bucket b; bucket b",
		},
		"names with a slash first": {
			`{"Effect":"Allow","Action":"ssm:GetParameter","Resource":["arn:aws:ssm:us-east-1:1:parameter/ingest/local/token","arn:aws:logs:us-east-1:1:log-group:/ingest-local/api:log-stream:*"]}`,
			"may get parameter (ssm) on parameter /ingest/local/token; log group /ingest-local/api:log-stream:*",
		},
		"every resource of a type": {
			`{"Effect":"Allow","Action":"ec2:DeleteSecurityGroup","Resource":"arn:aws:ec2:us-east-1:1:security-group/*"}`,
			"may delete security group (ec2) on every security group",
		},
		"a condition": {
			`{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::1:role/r","Condition":{"StringEquals":{"iam:PassedToService":["ecs-tasks.amazonaws.com","x"]}}}`,
			"may pass role (iam) on role r, if iam:PassedToService is ecs-tasks.amazonaws.com or x",
		},
		"operators": {
			`{"Effect":"Allow","Action":"a:B","Resource":"*","Condition":{"ArnLike":{"k":"v"},"NumericLessThan":{"n":"1"},"Bool":{"b":"true"}}}`,
			"may b (a) on every resource, if k is like v and b is true and n numeric less than 1",
		},
		"tasks": {
			`{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}}`,
			"taken by tasks of ECS, if aws:SourceAccount is 1",
		},
		"workflows": {
			`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity"}`,
			"taken by GitHub Actions",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, writePolicy(&out, `{"Version":"2012-10-17","Statement":[`+c.statement+`]}`))
			assert.Equal(t, c.want, strings.Join(strings.Fields(out.String()), " "))
		})
	}
	assert.Error(t, writePolicy(&strings.Builder{}, "no policy"))
}

func TestWrap_breaksBetweenWords(t *testing.T) {
	assert.Equal(t, "  one two\n    three\n    averylongword\n    end", wrap("one two three averylongword end", 10, "  ", "    "))
}
