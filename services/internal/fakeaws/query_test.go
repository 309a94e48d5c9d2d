package fakeaws

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSTS_namesTheCaller(t *testing.T) {
	b := start(t, Options{})
	configuration := b.Config()
	configuration.HTTPClient = b.s3.Options().HTTPClient
	client := sts.NewFromConfig(configuration)
	got, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Equal(t, Account, *got.Account)
	assert.Equal(t, "arn:aws:iam::"+Account+":root", *got.Arn)
	assert.Equal(t, 1, b.Faults.Calls("sts.GetCallerIdentity"))

	_, err = client.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	assert.Equal(t, "InvalidAction", code(t, err))

	b.Faults.Add(faults.Rule{Operation: "sts.*", Fault: faults.Fault{Code: "ExpiredToken", Status: http.StatusForbidden}})
	_, err = client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	assert.Equal(t, "ExpiredToken", code(t, err))
}

func TestOtherServices_areErrorsInTheirProtocol(t *testing.T) {
	b := start(t, Options{})
	configuration := b.Config()
	configuration.HTTPClient, configuration.RetryMaxAttempts = b.s3.Options().HTTPClient, 1
	_, err := ecs.NewFromConfig(configuration).ListClusters(t.Context(), &ecs.ListClustersInput{})
	assert.Equal(t, "UnknownOperationException", code(t, err))
	_, err = cloudwatch.NewFromConfig(configuration).ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
	assert.Equal(t, "UnknownOperationException", code(t, err))

	const signed = "AWS4-HMAC-SHA256 Credential=a/b/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=x"
	for name, c := range map[string]struct{ method, path, service, body, want string }{
		"query":     {http.MethodPost, "/", "iam", "Action=ListUsers", `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>`},
		"EC2":       {http.MethodPost, "/", "ec2", "Action=DescribeVpcs", `<Response><Errors><Error><Code>InvalidAction</Code>`},
		"old SQS":   {http.MethodPost, "/", "sqs", "Action=ListQueues", `by the JSON protocol`},
		"REST JSON": {http.MethodGet, "/2015-03-31/functions/", "lambda", "", `"__type":"UnknownOperationException"`},
		"S3":        {http.MethodDelete, "/", "s3", "", `<Code>MethodNotAllowed</Code>`},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(context.Background(), c.method, b.URL+c.path, strings.NewReader(c.body))
			require.NoError(t, err)
			request.Header.Set("Authorization", strings.Replace(signed, "%s", c.service, 1))
			if c.body != "" {
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			}
			request.Close = true
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Contains(t, string(body), c.want)
			assert.GreaterOrEqual(t, response.StatusCode, 400)
		})
	}
}
