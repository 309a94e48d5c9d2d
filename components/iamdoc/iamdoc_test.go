package iamdoc_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRender_isCanonical(t *testing.T) {
	one := iamdoc.Document{{
		Sid: "Read", Effect: iamdoc.Allow, Principal: iamdoc.Principal{Services: []string{"b.amazonaws.com", "a.amazonaws.com"}},
		Actions: []string{"s3:GetObject", "s3:GetObject"}, Resources: []string{"arn:b", "arn:a"},
		Conditions: iamdoc.Conditions{
			"StringEquals": {"b": {"2", "1"}, "aws:SourceAccount": {"<x>"}},
			"Bool":         {"aws:SecureTransport": {"true"}},
		},
	}}
	got, err := one.Render()
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow",`+
		`"Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":"s3:GetObject","Resource":["arn:a","arn:b"],`+
		`"Condition":{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceAccount":"<x>","b":["1","2"]}}}]}`, got)

	again, err := one.Render()
	require.NoError(t, err)
	assert.Equal(t, got, again)
}

func TestRender_errors_nameEachStatement(t *testing.T) {
	_, err := iamdoc.Document{
		{Sid: "A", Effect: iamdoc.Allow, Actions: []string{"s3:ListAllMyBuckets"}, Resources: []string{"*"}},
		{Sid: "B", Effect: "allow", Actions: []string{""}},
		{Sid: "C", Effect: iamdoc.Allow, Actions: []string{"s3:*"}, Resources: []string{"arn:x"}},
		{Sid: "D", Effect: iamdoc.Allow, Principal: iamdoc.Principal{Everyone: true}, Actions: []string{"sqs:SendMessage"}, Resources: []string{"arn:x"}},
		{Sid: "E", Effect: iamdoc.Deny},
		{Sid: "F", Effect: iamdoc.Allow, Actions: []string{"ec2:DeleteVpc"}, Resources: []string{"arn:aws:ec2:eu-west-1:123456789012:vpc/*"}},
	}.Render()
	for _, want := range []string{
		`statement 1 (A): resource "*" needs a Reason`,
		`statement 2 (B): effect is "allow"; allowed is Allow or Deny`,
		"an action or resource is empty",
		`statement 3 (C): action "s3:*" allows a whole service`,
		"statement 4 (D): everyone is allowed without a condition",
		"statement 5 (E): it names no action",
		"it names no resource",
		`statement 6 (F): resource "arn:aws:ec2:eu-west-1:123456789012:vpc/*" needs a Reason`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestRender_wildcardWithReason(t *testing.T) {
	got, err := iamdoc.Document{{
		Effect: iamdoc.Allow, Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
		Reason: "the call takes no resource",
	}}.Render()
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}]}`, got)
}

func TestKeyPolicy_allowsTheAccountAllOfKMS(t *testing.T) {
	statement := iamdoc.Statement{
		Effect: iamdoc.Allow, Principal: iamdoc.Principal{AWS: []string{"arn:aws:iam::123456789012:root"}},
		Actions: []string{"kms:*"}, Resources: []string{"*"}, Reason: "the account's IAM policies",
	}
	_, err := iamdoc.Document{statement}.Render()
	require.NoError(t, err)
	for _, change := range []func(*iamdoc.Statement){
		func(s *iamdoc.Statement) { s.Reason = "" },
		func(s *iamdoc.Statement) { s.Principal = iamdoc.Principal{} },
		func(s *iamdoc.Statement) { s.Actions = []string{"*"} },
	} {
		wider := statement
		change(&wider)
		_, err := iamdoc.Document{wider}.Render()
		require.ErrorContains(t, err, "allows a whole service")
	}
}

func TestRender_denyOfEverything_isAllowed(t *testing.T) {
	got, err := iamdoc.Document{{
		Effect: iamdoc.Deny, Principal: iamdoc.Principal{Everyone: true}, Actions: []string{"s3:*"}, Resources: []string{"*"},
	}}.Render()
	require.NoError(t, err)
	assert.Contains(t, got, `"Principal":"*"`)
}

func TestRender_noStatements_isAnError(t *testing.T) {
	_, err := iamdoc.Document{}.Render()
	assert.EqualError(t, err, "iamdoc: the document has no statement")
}

func TestRender_wholeType_needsAReason(t *testing.T) {
	for _, resource := range []string{"*", "arn:aws:s3:::*", "arn:aws:logs:eu-west-1:123456789012:log-group:*", "arn:aws:sqs:eu-west-1:123456789012:*"} {
		_, err := read(resource).Render()
		require.ErrorContains(t, err, "needs a Reason", resource)
	}
	for _, resource := range []string{"arn:aws:s3:::bucket/*", "arn:aws:iam::123456789012:role/ingest-*", "arn:aws:logs:eu-west-1:123456789012:log-group:/ingest/*"} {
		_, err := read(resource).Render()
		require.NoError(t, err, resource)
	}
}
