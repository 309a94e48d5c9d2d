package awsconf

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// isolate keeps the developer's own AWS files and variables out of a test.
func isolate(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "credentials"))
	for _, name := range []string{"AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
}

func TestLoad_appliesEveryOption(t *testing.T) {
	isolate(t)
	loaded, err := Load(t.Context(), Options{
		Region: "eu-north-1", Endpoint: "http://127.0.0.1:4566", MaxAttempts: 7, Connections: 300,
		Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""),
	})
	require.NoError(t, err)

	assert.Equal(t, "eu-north-1", loaded.Region)
	assert.Equal(t, 7, loaded.Retryer().MaxAttempts())
	assert.Equal(t, "http://127.0.0.1:4566", aws.ToString(loaded.BaseEndpoint))
	got, err := loaded.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "id", got.AccessKeyID)

	transport := loaded.HTTPClient.(*awshttp.BuildableClient).GetTransport()
	assert.Equal(t, 300, transport.MaxIdleConnsPerHost)
	assert.Equal(t, 600, transport.MaxIdleConns)
	assert.Equal(t, buffer, transport.WriteBufferSize)
	assert.Equal(t, buffer, transport.ReadBufferSize)
}

func TestLoad_withoutEndpoint_isThatOfAWS(t *testing.T) {
	isolate(t)
	loaded, err := Load(t.Context(), Options{Region: "us-east-1", MaxAttempts: 5, Connections: 8})
	require.NoError(t, err)
	assert.Nil(t, loaded.BaseEndpoint)
}

func TestLoad_caBundle_isUsed(t *testing.T) {
	isolate(t)
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	require.NoError(t, os.WriteFile(bundle, pem.EncodeToMemory(block), 0o600))
	t.Setenv("AWS_CA_BUNDLE", bundle)

	_, err := Load(t.Context(), Options{Region: "us-east-1", MaxAttempts: 5, Connections: 8})
	require.NoError(t, err)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestBodies_haveNoWriteTo(t *testing.T) {
	isolate(t)
	loaded, err := Load(t.Context(), Options{
		Region: "us-east-1", MaxAttempts: 2, Connections: 8,
		Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""),
	})
	require.NoError(t, err)
	var sent []string
	loaded.HTTPClient = roundTrip(func(r *http.Request) (*http.Response, error) {
		_, writerTo := r.Body.(io.WriterTo)
		assert.False(t, writerTo)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.EqualValues(t, len(body), r.ContentLength)
		sent = append(sent, string(body))
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody}, nil
	})
	_, err = sqs.NewFromConfig(loaded).SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String("https://host/1/q"), MessageBody: aws.String("body"),
	})
	require.Error(t, err)
	require.Len(t, sent, 2)
	assert.Contains(t, sent[0], `"MessageBody":"body"`)
	assert.Equal(t, sent[0], sent[1], "a retry sends the whole body")
	_, err = s3.NewFromConfig(loaded).PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("content"),
	})
	require.Error(t, err)
	require.Len(t, sent, 4)
	assert.Contains(t, sent[3], "content")
}

func TestLoad_afterAnOutage_callsAreRetried(t *testing.T) {
	isolate(t)
	synctest.Test(t, func(t *testing.T) {
		loaded, err := Load(t.Context(), Options{
			Region: "us-east-1", MaxAttempts: 3, Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""),
		})
		require.NoError(t, err)
		failing := 3 * 200
		loaded.HTTPClient = smithyhttp.ClientDoFunc(func(*http.Request) (*http.Response, error) {
			status, body := http.StatusOK, `{"QueueUrl":"https://queue.example"}`
			if failing--; failing >= 0 {
				status, body = http.StatusServiceUnavailable, "{}"
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		client := sqs.NewFromConfig(loaded)
		call := func() error {
			_, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
			return err
		}
		for failing > 0 {
			before := failing
			require.ErrorContains(t, call(), "exceeded maximum number of attempts, 3")
			require.Equal(t, 3, before-failing)
		}
		failing = 2
		require.NoError(t, call(), "the third attempt succeeds")
	})
}
