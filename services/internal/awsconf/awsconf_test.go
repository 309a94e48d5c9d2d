package awsconf

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
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

func TestLoadAppliesEveryOption(t *testing.T) {
	isolate(t)
	loaded, err := Load(t.Context(), Options{
		Region: "eu-north-1", Endpoint: "http://127.0.0.1:4566", MaxAttempts: 7, Connections: 300,
		Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""),
	})
	require.NoError(t, err)

	assert.Equal(t, "eu-north-1", loaded.Region)
	assert.Equal(t, 7, loaded.RetryMaxAttempts)
	assert.Equal(t, "http://127.0.0.1:4566", aws.ToString(loaded.BaseEndpoint))
	got, err := loaded.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "id", got.AccessKeyID)

	transport := loaded.HTTPClient.(*awshttp.BuildableClient).GetTransport()
	assert.Equal(t, 300, transport.MaxIdleConnsPerHost)
	assert.Equal(t, 600, transport.MaxIdleConns)
}

func TestLoadLeavesTheEndpointToAWS(t *testing.T) {
	isolate(t)
	loaded, err := Load(t.Context(), Options{Region: "us-east-1", MaxAttempts: 5, Connections: 8})
	require.NoError(t, err)
	assert.Nil(t, loaded.BaseEndpoint)
}

func TestLoadTakesACABundle(t *testing.T) {
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
