package sqsclient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func answer(status int, body string, headers ...string) *http.Response {
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		response.Header.Set(headers[i], headers[i+1])
	}
	return response
}

func configuration(do awstest.Doer) aws.Config {
	return aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "session"),
		HTTPClient: do, Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 2, time.Millisecond })
		},
	}
}

// both are the SDK's client and the package's.
func both(t *testing.T, c aws.Config) (*sqs.Client, *Client) {
	t.Helper()
	own, err := New(c)
	require.NoError(t, err)
	return sqs.NewFromConfig(c), own
}

var queueURL = aws.String("https://sqs.us-east-1.amazonaws.com/123456789012/queue")

// calls makes each call of the package with each client.
func calls(ctx context.Context, t *testing.T, sdk *sqs.Client, own *Client) {
	t.Helper()
	attributes := map[string]types.MessageAttributeValue{"traceparent": {DataType: aws.String("String"), StringValue: aws.String("span")}}
	send := &sqs.SendMessageInput{QueueUrl: queueURL, MessageBody: aws.String(`{"a": "<ż>"}`), MessageAttributes: attributes}
	sendBatch := &sqs.SendMessageBatchInput{QueueUrl: queueURL, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("0"), MessageBody: aws.String("a"), MessageAttributes: attributes}, {Id: aws.String("1"), MessageBody: aws.String("b")},
	}}
	receive := &sqs.ReceiveMessageInput{QueueUrl: queueURL, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, MessageAttributeNames: []string{"traceparent"}}
	remove := &sqs.DeleteMessageBatchInput{QueueUrl: queueURL, Entries: []types.DeleteMessageBatchRequestEntry{{Id: aws.String("0"), ReceiptHandle: aws.String("h")}}}
	change := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: queueURL, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("0"), ReceiptHandle: aws.String("h"), VisibilityTimeout: 30},
	}}
	same := func(want, got any, wantErr, err error) {
		require.NoError(t, wantErr)
		require.NoError(t, err)
		wanted, err := json.Marshal(want)
		require.NoError(t, err)
		have, err := json.Marshal(got)
		require.NoError(t, err)
		assert.JSONEq(t, string(wanted), string(have))
	}
	wantSent, wantErr := sdk.SendMessage(ctx, send)
	sent, err := own.SendMessage(ctx, send)
	same(wantSent, sent, wantErr, err)
	wantBatch, wantErr := sdk.SendMessageBatch(ctx, sendBatch)
	batch, err := own.SendMessageBatch(ctx, sendBatch)
	same(wantBatch, batch, wantErr, err)
	wantReceived, wantErr := sdk.ReceiveMessage(ctx, receive)
	received, err := own.ReceiveMessage(ctx, receive)
	same(wantReceived, received, wantErr, err)
	wantDeleted, wantErr := sdk.DeleteMessageBatch(ctx, remove)
	deleted, err := own.DeleteMessageBatch(ctx, remove)
	same(wantDeleted, deleted, wantErr, err)
	wantChanged, wantErr := sdk.ChangeMessageVisibilityBatch(ctx, change)
	changed, err := own.ChangeMessageVisibilityBatch(ctx, change)
	same(wantChanged, changed, wantErr, err)
}

func TestCalls_requestsAndResults_areThoseOfTheSDK(t *testing.T) {
	answers := map[string]string{
		"AmazonSQS.SendMessage": `{"MessageId":"m"}`,
		"AmazonSQS.SendMessageBatch": `{"Successful":[{"Id":"1","MessageId":"m1","MD5OfMessageBody":"92eb5ffee6ae2fec3ad71c777531578f"}],
			"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}`,
		"AmazonSQS.ReceiveMessage": `{"Messages":[{"MessageId":"m","Body":"b","ReceiptHandle":"h","MD5OfBody":"92eb5ffee6ae2fec3ad71c777531578f",
			"Attributes":{"SentTimestamp":"1700000000123"},"MessageAttributes":{"traceparent":{"DataType":"String","StringValue":"span"}}}]}`,
		"AmazonSQS.DeleteMessageBatch":           `{"Successful":[{"Id":"0"}],"Failed":[]}`,
		"AmazonSQS.ChangeMessageVisibilityBatch": `{"Successful":[],"Failed":[{"Id":"0","Code":"MessageNotInflight","Message":"late","SenderFault":true}]}`,
	}
	for name, configure := range map[string]func(*aws.Config){
		"AWS":         func(*aws.Config) {},
		"China":       func(c *aws.Config) { c.Region = "cn-north-1" },
		"an emulator": func(c *aws.Config) { c.BaseEndpoint = aws.String("http://127.0.0.1:4566") },
		"FIPS":        func(c *aws.Config) { c.ConfigSources = []any{fips{}} },
	} {
		t.Run(name, func(t *testing.T) {
			var requests []*http.Request
			var bodies []string
			c := configuration(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				requests, bodies = append(requests, r), append(bodies, string(body))
				return answer(http.StatusOK, answers[r.Header.Get("X-Amz-Target")]), nil
			})
			configure(&c)
			sdk, own := both(t, c)
			calls(t.Context(), t, sdk, own)
			require.Len(t, requests, 2*len(answers))
			for i := 0; i < len(requests); i += 2 {
				want, got := requests[i], requests[i+1]
				assert.Equal(t, want.Method, got.Method)
				assert.Equal(t, want.URL.String(), got.URL.String())
				assert.Equal(t, want.URL.Host, got.Host)
				assert.Equal(t, want.ContentLength, got.ContentLength)
				assert.Equal(t, bodies[i], bodies[i+1])
				for _, header := range []string{"Content-Type", "X-Amz-Target", "X-Amzn-Query-Mode", "X-Amz-Security-Token"} {
					assert.NotEmpty(t, got.Header.Get(header), header)
					assert.Equal(t, want.Header.Get(header), got.Header.Get(header), header)
				}
				scope := func(r *http.Request) string {
					_, after, _ := strings.Cut(r.Header.Get("Authorization"), "/")
					before, _, _ := strings.Cut(after, ",")
					return before
				}
				assert.Equal(t, scope(want), scope(got))
			}
		})
	}
}

// fips chooses the endpoints of FIPS 140, as a profile can.
type fips struct{}

func (fips) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, true, nil
}

func TestCall_errors_areThoseOfTheSDK(t *testing.T) {
	for name, test := range map[string]struct {
		status        int
		body, code    string
		headers       []string
		attempts      int
		doesNotExist  bool
		withoutAnswer bool
	}{
		"an error of the service": {
			status: http.StatusBadRequest, body: `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`,
			headers: []string{"X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender", "X-Amzn-RequestId", "request"},
			code:    "AWS.SimpleQueueService.NonExistentQueue", attempts: 1, doesNotExist: true,
		},
		"an error of all services": {
			status: http.StatusForbidden, body: `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}`,
			code: "AccessDeniedException", attempts: 1,
		},
		"throttling":        {status: http.StatusBadRequest, body: `{"__type":"ThrottlingException"}`, code: "ThrottlingException", attempts: 2},
		"an error of SQS":   {status: http.StatusInternalServerError, body: `{"__type":"InternalError"}`, code: "InternalError", attempts: 2},
		"a page of a proxy": {status: http.StatusBadGateway, body: "<html>", attempts: 2},
		"no answer":         {withoutAnswer: true, attempts: 2},
		"an answer cut off": {status: http.StatusOK, body: `{"Successful":[{"Id":"1"`, attempts: 1},
		"a redirect":        {status: http.StatusMovedPermanently, body: "{}", code: "UnknownError", attempts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var attempts int
			c := configuration(func(*http.Request) (*http.Response, error) {
				attempts++
				if test.withoutAnswer {
					return nil, io.ErrUnexpectedEOF
				}
				return answer(test.status, test.body, test.headers...), nil
			})
			sdk, own := both(t, c)
			in := &sqs.SendMessageBatchInput{QueueUrl: queueURL, Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("0"), MessageBody: aws.String("a")}}}
			_, want := sdk.SendMessageBatch(t.Context(), in)
			require.Error(t, want)
			wantAttempts := attempts
			attempts = 0
			out, err := own.SendMessageBatch(t.Context(), in)
			require.Error(t, err)
			assert.Nil(t, out)
			assert.Equal(t, wantAttempts, attempts)
			assert.Equal(t, test.attempts, attempts)
			// Without an answer, the SDK's text has status 0.
			assert.Equal(t, strings.ReplaceAll(want.Error(), "https response error StatusCode: 0, RequestID: , ", ""), err.Error())

			var api smithy.APIError
			if test.code != "" && assert.ErrorAs(t, err, &api) {
				assert.Equal(t, test.code, api.ErrorCode())
			}
			var missing *types.QueueDoesNotExist
			assert.Equal(t, test.doesNotExist, errors.As(err, &missing))
			var response *awshttp.ResponseError
			if assert.Equal(t, !test.withoutAnswer, errors.As(err, &response)) && response != nil {
				assert.Equal(t, test.status, response.HTTPStatusCode())
				assert.Equal(t, test.doesNotExist, response.ServiceRequestID() == "request")
			}
		})
	}
}

func TestCall_secondAttempt_sendsTheWholeBody(t *testing.T) {
	var bodies []string
	_, own := both(t, configuration(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		bodies = append(bodies, string(body))
		if len(bodies) == 1 {
			return answer(http.StatusServiceUnavailable, `{"__type":"ServiceUnavailable"}`), nil
		}
		return answer(http.StatusOK, `{"MessageId":"m"}`), nil
	}))
	out, err := own.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queueURL, MessageBody: aws.String("body")})
	require.NoError(t, err)
	assert.Equal(t, "m", *out.MessageId)
	require.Len(t, bodies, 2)
	assert.Contains(t, bodies[0], `"MessageBody":"body"`)
	assert.Equal(t, bodies[0], bodies[1])
}

func TestCalls_arrive_signedAndOverOneConnection(t *testing.T) {
	statuses := []int{http.StatusOK, http.StatusBadRequest, http.StatusOK}
	var mu sync.Mutex
	connections := map[string]bool{}
	signed := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		connections[r.RemoteAddr] = true
		who := aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "session"}
		if awstest.IsSigned(t, r, body, who, "sqs") {
			signed++
		}
		w.WriteHeader(statuses[len(statuses)-1])
		statuses = statuses[:len(statuses)-1]
		_, _ = io.WriteString(w, `{"message":"`+strings.Repeat("x", 10000)+`"}`)
	}))
	defer server.Close()
	c := configuration(nil)
	c.BaseEndpoint, c.HTTPClient = &server.URL, server.Client()
	own, err := New(c)
	require.NoError(t, err)
	calls := len(statuses)
	for range calls {
		_, _ = own.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queueURL, MessageBody: aws.String("body")})
	}
	assert.Equal(t, calls, signed)
	assert.Empty(t, statuses)
	assert.Len(t, connections, 1)
}

func TestNew_invalidRegionOrNoCredentials_isAnError(t *testing.T) {
	c := configuration(nil)
	c.Region, c.ConfigSources = "not a region", []any{fips{}}
	_, err := New(c)
	require.ErrorContains(t, err, `resolving the endpoint of SQS in region "not a region"`)
	_, err = New(aws.Config{Region: "us-east-1"})
	require.ErrorContains(t, err, "needs credentials")
}

// BenchmarkSendMessageBatch measures a call without the network, next to the SDK's.
func BenchmarkSendMessageBatch(b *testing.B) {
	in := &sqs.SendMessageBatchInput{QueueUrl: queueURL}
	var results []string
	for i := range 10 {
		id := strconv.Itoa(i)
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: aws.String(strings.Repeat("x", 700))})
		results = append(results, `{"Id":"`+id+`","MessageId":"8f9ad5a1-0e1c-4b0e-a4a7-5b0f5f3e1f9c","MD5OfMessageBody":"fd80a3f8ca4ac7a2b8d1ea6bd8e67aab"}`)
	}
	body := `{"Successful":[` + strings.Join(results, ",") + `]}`
	c := configuration(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return answer(http.StatusOK, body, "Date", "Tue, 24 Nov 2026 22:21:21 GMT"), nil
	})
	own, err := New(c)
	require.NoError(b, err)
	sdk := sqs.NewFromConfig(c, func(o *sqs.Options) { o.DisableMessageChecksumValidation = true })
	b.Run("SDK", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := sdk.SendMessageBatch(b.Context(), in)
			require.NoError(b, err)
		}
	})
	b.Run("Client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := own.SendMessageBatch(b.Context(), in)
			require.NoError(b, err)
		}
	})
}
