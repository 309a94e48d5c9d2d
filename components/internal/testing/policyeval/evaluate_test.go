package policyeval_test

import (
	"testing"

	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func policy(t *testing.T, statements string) policyeval.Policy {
	t.Helper()
	parsed, err := policyeval.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	require.NoError(t, err)
	return parsed
}

func get(resource string) policyeval.Call {
	return policyeval.Call{Action: "s3:GetObject", Resource: resource}
}

func TestEvaluate_noStatement_isDenied(t *testing.T) {
	assert.False(t, policyeval.Identity{}.Allows(get("arn:aws:s3:::b/k")))
	reader := policyeval.Identity{Policies: []policyeval.Policy{
		policy(t, `{"Effect":"Allow","Action":"s3:get*","Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c/*"]}`),
	}}
	assert.True(t, reader.Allows(get("arn:aws:s3:::b/k")))
	assert.True(t, reader.Allows(get("arn:aws:s3:::c/k")))
	assert.False(t, reader.Allows(get("arn:aws:s3:::d/k")))
	assert.False(t, reader.Allows(policyeval.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k"}))
}

func TestEvaluate_denyWins(t *testing.T) {
	reader := policyeval.Identity{Policies: []policyeval.Policy{
		policy(t, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/secret"}`),
		policy(t, `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`),
	}}
	assert.True(t, reader.Allows(get("arn:aws:s3:::b/k")))
	assert.False(t, reader.Allows(get("arn:aws:s3:::b/secret")))
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		name, condition string
		values          []string
		want            bool
	}{
		{"equal", `{"StringEquals":{"K":["a","b"]}}`, []string{"b"}, true},
		{"other case", `{"StringEquals":{"k":"a"}}`, []string{"A"}, false},
		{"no wildcard in equal", `{"StringEquals":{"k":"*"}}`, []string{"a"}, false},
		{"missing", `{"StringEquals":{"k":"a"}}`, nil, false},
		{"an ARN", `{"ArnLike":{"k":"arn:aws:sns:*:1:t"}}`, []string{"arn:aws:sns:r:1:t"}, true},
		{"another ARN", `{"ArnLike":{"k":"arn:aws:sns:r:1:t"}}`, []string{"arn:aws:sns:r:2:t"}, false},
		{"bool", `{"Bool":{"k":"false"}}`, []string{"False"}, true},
		{"both keys", `{"StringEquals":{"k":"a","other":"x"}}`, []string{"a"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			identity := policyeval.Identity{Policies: []policyeval.Policy{
				policy(t, `{"Effect":"Allow","Action":"a:B","Resource":"*","Condition":`+c.condition+`}`),
			}}
			call := policyeval.Call{Action: "a:B", Resource: "*"}
			if c.values != nil {
				call.Context = map[string][]string{"k": c.values}
			}
			assert.Equal(t, c.want, identity.Allows(call))
		})
	}
}

func TestTrust(t *testing.T) {
	trust := policy(t, `{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"arn:provider"},
		"Condition":{"StringEquals":{"issuer:aud":"us","issuer:sub":["one","two"]}}},
		{"Effect":"Deny","Action":"sts:*","Principal":"*","Condition":{"StringEquals":{"issuer:sub":"two"}}}`)
	token := func(provider, aud, sub string) policyeval.Token {
		return policyeval.Token{Provider: provider, Claims: map[string]string{"issuer:aud": aud, "issuer:sub": sub}}
	}
	assert.True(t, trust.Trusts(token("arn:provider", "us", "one")))
	assert.False(t, trust.Trusts(token("arn:provider", "us", "two")), "denied")
	assert.False(t, trust.Trusts(token("arn:provider", "us", "three")))
	assert.False(t, trust.Trusts(token("arn:provider", "them", "one")))
	assert.False(t, trust.Trusts(token("arn:other", "us", "one")))
	assert.False(t, trust.Trusts(policyeval.Token{Provider: "arn:provider"}))
	assert.False(t, policyeval.Identity{Policies: []policyeval.Policy{trust}}.
		Allows(policyeval.Call{Action: "sts:AssumeRoleWithWebIdentity", Resource: "*"}), "a trust policy grants its role nothing")
}

func TestParse_unsupportedPolicy_isAnError(t *testing.T) {
	for statement, want := range map[string]string{
		`{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}`:                                   "NotAction",
		`{"Effect":"Allow","Action":"s3:*","NotResource":"*"}`:                                   "NotResource",
		`{"Effect":"Maybe","Action":"s3:*","Resource":"*"}`:                                      `effect is "Maybe"`,
		`{"Effect":"Allow","Resource":"*"}`:                                                      "names no action",
		`{"Effect":"Allow","Action":"a:B","Resource":"arn:aws:s3:::${aws:username}"}`:            "variables",
		`{"Effect":"Allow","Action":"a:B","Resource":"*","Condition":{"StringLike":{"k":"a*"}}}`: `"StringLike" is not known`,
		`{"Effect":"Allow","Action":"a:B","Resource":"*","Condition":{"StringEquals":{"k":[]}}}`: "has no value",
		`{"Effect":"Allow","Action":1,"Resource":"*"}`:                                           "parsing the policy",
		`{"Effect":"Allow","Action":"a:B","Resource":"*","Principal":["x"]}`:                     "parsing the principal",
	} {
		_, err := policyeval.Parse(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
		require.ErrorContains(t, err, want, statement)
	}
	_, err := policyeval.Parse(`{"Version":"2008-10-17","Statement":[]}`)
	require.ErrorContains(t, err, `policy version is "2008-10-17"`)
	_, err = policyeval.Parse(`{`)
	require.ErrorContains(t, err, "parsing the policy")
}

func TestAllowsService_conditionsOfTheStatement_count(t *testing.T) {
	p := policy(t, `
		{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"arn:aws:sns:r:1:t",
		 "Condition":{"StringEquals":{"aws:SourceAccount":"1"}}},
		{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"arn:aws:sns:r:1:t","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	call := func(account, secure string) policyeval.Call {
		return policyeval.Call{Action: "sns:Publish", Resource: "arn:aws:sns:r:1:t", Context: map[string][]string{
			"aws:SourceAccount": {account}, "aws:SecureTransport": {secure},
		}}
	}
	assert.True(t, p.AllowsService("cloudwatch.amazonaws.com", call("1", "true")))
	assert.False(t, p.AllowsService("cloudwatch.amazonaws.com", call("2", "true")))
	assert.False(t, p.AllowsService("cloudwatch.amazonaws.com", call("1", "false")))
	assert.False(t, p.AllowsService("events.amazonaws.com", call("1", "true")))
	assert.Equal(t, map[string][][]string{"cloudwatch.amazonaws.com": {{"aws:sourceaccount"}}}, p.Services())
}
