package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Doer is an HTTP client that answers requests in place of sending them.
type Doer func(*http.Request) (*http.Response, error)

// Do implements aws.HTTPClient.
func (d Doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// IsSigned reports whether r, as it arrived with a body, has the signature of
// credentials for a service in us-east-1. It may be called in an HTTP handler.
func IsSigned(t *testing.T, r *http.Request, body []byte, credentials aws.Credentials, service string) bool {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Errorf("X-Amz-Date: %v", err)
		return false
	}
	again := httptest.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, http.NoBody)
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ := strings.Cut(after, ",")
	for name := range strings.SplitSeq(signed, ";") {
		again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
	}
	again.Header.Del("Host")
	again.ContentLength = r.ContentLength
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	sum := sha256.Sum256(body)
	if err := signer.SignHTTP(t.Context(), credentials, again, hex.EncodeToString(sum[:]), service, "us-east-1", at); err != nil {
		t.Errorf("signing the request again: %v", err)
		return false
	}
	return again.Header.Get("Authorization") == r.Header.Get("Authorization")
}
