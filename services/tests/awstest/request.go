package awstest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"
)

// Doer is an HTTP client that answers requests in place of sending them.
type Doer func(*http.Request) (*http.Response, error)

// Do implements aws.HTTPClient.
func (d Doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// IsSigned reports whether r, as it arrived, has the signature of credentials for a
// service in us-east-1. hash is the SHA-256 of its body in hexadecimal.
func IsSigned(t *testing.T, r *http.Request, credentials aws.Credentials, service, hash string) bool {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	require.NoError(t, err)
	again := httptest.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, http.NoBody)
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ := strings.Cut(after, ",")
	for name := range strings.SplitSeq(signed, ";") {
		again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
	}
	again.Header.Del("Host")
	again.ContentLength = r.ContentLength
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	require.NoError(t, signer.SignHTTP(t.Context(), credentials, again, hash, service, "us-east-1", at))
	return again.Header.Get("Authorization") == r.Header.Get("Authorization")
}
