package s3store

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/ingest-iac/ingest/services/tests/awstest"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPut_request_isThatOfTheSDK(t *testing.T) {
	const key = "emails/v1/prod/2026/01/02/16_msgid=ä b+c?d%.json"
	for name, test := range map[string]struct {
		bucket    string
		configure func(*aws.Config)
	}{
		"AWS":                {bucket: "bucket"},
		"a dotted name":      {bucket: "a.bucket"},
		"China":              {bucket: "bucket", configure: func(c *aws.Config) { c.Region = "cn-north-1" }},
		"an emulator":        {bucket: "bucket", configure: func(c *aws.Config) { c.BaseEndpoint = aws.String("http://127.0.0.1:4566") }},
		"an endpoint's path": {bucket: "bucket", configure: func(c *aws.Config) { c.BaseEndpoint = aws.String("http://127.0.0.1:4566/s3/") }},
		"FIPS": {bucket: "bucket", configure: func(c *aws.Config) {
			c.ConfigSources = []any{endpointOptions{}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var requests []*http.Request
			configuration := aws.Config{
				Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "session"),
				HTTPClient: awstest.Doer(func(r *http.Request) (*http.Response, error) {
					_, _ = io.Copy(io.Discard, r.Body)
					requests = append(requests, r)
					return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
				}),
			}
			if test.configure != nil {
				test.configure(&configuration)
			}
			client := NewClient(configuration)
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: &test.bucket, Key: aws.String(key), Body: strings.NewReader("content"), ContentType: aws.String(ContentType),
				IfNoneMatch: aws.String("*"), Metadata: map[string]string{digestMetadata: "digest"},
				// The SDK sends it behind the body by default, over TLS.
				ChecksumCRC32: aws.String("/sUwqQ=="),
			})
			require.NoError(t, err)
			_, err = newStore(t, client, test.bucket).PutIfAbsent(t.Context(), consumer.Name{Key: key, Digest: "digest"}, []byte("content"))
			require.NoError(t, err)

			sdk, own := requests[0], requests[1]
			assert.Equal(t, sdk.Method, own.Method)
			assert.Equal(t, "x-id=PutObject", sdk.URL.RawQuery)
			sdk.URL.RawQuery = "" // S3 does not need it
			assert.Equal(t, sdk.URL.String(), own.URL.String())
			assert.Equal(t, sdk.URL.Host, own.Host)
			assert.Equal(t, sdk.ContentLength, own.ContentLength)
			for _, header := range []string{
				"Content-Type", "If-None-Match", "X-Amz-Meta-Content-Sha256", "X-Amz-Checksum-Crc32", "X-Amz-Security-Token",
			} {
				assert.NotEmpty(t, own.Header.Get(header), header)
				assert.Equal(t, sdk.Header.Get(header), own.Header.Get(header), header)
			}
			scope := func(r *http.Request) string {
				_, after, _ := strings.Cut(r.Header.Get("Authorization"), "/")
				before, _, _ := strings.Cut(after, ",")
				return before
			}
			assert.Equal(t, scope(sdk), scope(own))
			assert.Nil(t, own.GetBody, "a redirect is not followed with the body")
		})
	}
}

// endpointOptions choose the endpoints of FIPS 140, as a profile can.
type endpointOptions struct{}

func (endpointOptions) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, true, nil
}

func TestPut_arrivedRequest_hasItsSignatureAndBody(t *testing.T) {
	var signed bool
	var body string
	store := storeAt(t, func(_ http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		body = string(content)
		signed = awstest.IsSigned(t, r, content, aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, "s3")
	})
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "a/ü b=c+d.json"}, []byte(`{"a": 1}`))
	require.NoError(t, err)
	assert.True(t, signed)
	assert.JSONEq(t, `{"a": 1}`, body)
}

func TestPut_credentialsChangeBetweenAttempts_newOnesAreUsed(t *testing.T) {
	var retrieved, calls atomic.Int64
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "id-" + strconv.FormatInt(retrieved.Add(1), 10), SecretAccessKey: "secret"}, nil
	})
	store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		assert.Contains(t, r.Header.Get("Authorization"), "Credential=id-"+strconv.FormatInt(n, 10)+"/")
		if n == 1 {
			answer(w, http.StatusServiceUnavailable, "SlowDown")
		}
	}, func(c *aws.Config) { c.Credentials = provider })
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, calls.Load())
}

func TestPut_clockIsWrong_isCorrectedAndRemembered(t *testing.T) {
	const ahead = time.Hour
	var late, calls atomic.Int64
	store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		now := time.Now().Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		assert.NoError(t, err)
		if now.Sub(at).Abs() > 15*time.Minute {
			late.Add(1)
			answer(w, http.StatusForbidden, "RequestTimeTooSkewed")
		}
	})
	for range 3 {
		_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
		require.NoError(t, err)
	}
	assert.EqualValues(t, 1, late.Load(), "only the first attempt has the wrong time")
	assert.EqualValues(t, 4, calls.Load())
}

func TestPut_errorInSuccess_isRetried(t *testing.T) {
	var calls atomic.Int64
	store := storeAt(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			answer(w, http.StatusOK, "InternalError")
		}
	})
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, calls.Load())
}

func TestPut_bucketOfAnotherRegion_errorNamesTheRegion(t *testing.T) {
	for _, status := range []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect} {
		var calls atomic.Int64
		store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
			w.Header().Set("Location", "http://"+r.Host+"/elsewhere")
			answer(w, status, "PermanentRedirect")
		})
		_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
		require.ErrorContains(t, err, "PermanentRedirect: text (the bucket is in region eu-west-1)")
		require.NotErrorIs(t, err, consumer.ErrPermanent)
		assert.EqualValues(t, 1, calls.Load(), "the redirect is not followed")
	}
}

func TestPut_answerIsNotXML_statusDecides(t *testing.T) {
	var calls atomic.Int64
	store := storeAt(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html><p>a proxy's page")
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.ErrorContains(t, err, "api error Forbidden: Forbidden")
	assert.EqualValues(t, 2, calls.Load(), "502 is tried again, 403 is not")
}

func TestPut_connectionIsCut_isRetried(t *testing.T) {
	var calls atomic.Int64
	store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusOK)
	})
	_, err := store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, calls.Load())
}

func TestPut_answers_leaveTheConnectionToTheNextCall(t *testing.T) {
	statuses := []int{http.StatusOK, http.StatusPreconditionFailed, http.StatusForbidden, http.StatusOK}
	var calls int
	var mu sync.Mutex
	connections := map[string]bool{}
	store := storeAt(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connections[r.RemoteAddr] = true
		status := statuses[calls]
		calls++
		code := ""
		if status != http.StatusOK {
			code = strings.Repeat("code", 1000)
		}
		answer(w, status, code)
	})
	for range statuses {
		_, _ = store.PutIfAbsent(t.Context(), consumer.Name{Key: "key"}, []byte("x"))
	}
	assert.Equal(t, len(statuses), calls)
	assert.Len(t, connections, 1)
}

// BenchmarkPutIfAbsent measures a write without the network, next to the SDK's.
func BenchmarkPutIfAbsent(b *testing.B) {
	body := []byte(strings.Repeat("x", 2000))
	client := NewClient(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient: awstest.Doer(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Date": {"Tue, 24 Nov 2026 22:21:21 GMT"}}, Body: http.NoBody}, nil
		}),
	})
	b.Run("SDK", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := client.PutObject(b.Context(), &s3.PutObjectInput{
				Bucket: aws.String("bucket"), Key: aws.String("emails/v1/prod/2026/01/02/1693561101_msgid=abc.json"),
				Body: strings.NewReader(string(body)), ContentType: aws.String(ContentType), IfNoneMatch: aws.String("*"),
			})
			require.NoError(b, err)
		}
	})
	b.Run("PutIfAbsent", func(b *testing.B) {
		store, err := New(client, "bucket")
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			_, err := store.PutIfAbsent(b.Context(), consumer.Name{Key: "emails/v1/prod/2026/01/02/1693561101_msgid=abc.json"}, body)
			require.NoError(b, err)
		}
	})
}
