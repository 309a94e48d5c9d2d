package fakes3

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestChunked_trailingChecksumsOverTLS puts a body that cannot be read twice: over TLS
// the SDK sends it in chunks, and its checksum after them.
func TestChunked_trailingChecksumsOverTLS(t *testing.T) {
	s, err := New(Options{Clock: clockwork.NewRealClock()})
	require.NoError(t, err)
	require.NoError(t, s.Create("bucket"))
	var encodings []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encodings = append(encodings, r.Header.Get("Content-Encoding"))
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client := s3.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(),
		// What a loaded configuration has by default.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider("a", "b", ""),
	}, func(o *s3.Options) { o.UsePathStyle = true })
	for _, size := range []int{0, 1, 8 << 10, 300_000} {
		body := bytes.Repeat([]byte("x\r\n0"), size/4+1)[:size]
		_, err := client.PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: aws.String("bucket"), Key: aws.String("k"), ContentLength: aws.Int64(int64(size)),
			Body: io.MultiReader(bytes.NewReader(body)),
		})
		require.NoError(t, err)
		stored, found := s.Body("bucket", "k")
		require.True(t, found)
		assert.True(t, bytes.Equal(body, stored), "%d bytes", size)
		got, err := s.backend.store("bucket").get("k")
		require.NoError(t, err)
		assert.NotContains(t, got.headers["Content-Encoding"], "aws-chunked")
	}
	assert.Contains(t, encodings, "aws-chunked", "the SDK sent chunks, or this tested nothing")
}

func chunked(body string, headers map[string]string) *http.Request {
	r := httptest.NewRequest(http.MethodPut, "/bucket/k", strings.NewReader(body))
	r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	r.Header.Set("Content-Encoding", "gzip, aws-chunked")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return r
}

func TestUnwrap_chunks_areAPlainBody(t *testing.T) {
	r, err := unwrap(chunked("3;chunk-signature=ab\r\nabc\r\n2\r\n\r\n\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", map[string]string{
		"X-Amz-Decoded-Content-Length": "5", "X-Amz-Trailer": "x-amz-checksum-crc32",
	}))
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, "abc\r\n", string(body))
	assert.Equal(t, "AAAA", r.Header.Get("X-Amz-Checksum-Crc32"))
	assert.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
	assert.Equal(t, "5", r.Header.Get("Content-Length"))
	assert.Empty(t, r.Header.Get("X-Amz-Content-Sha256"))
}

func TestUnwrap_incomplete_isRefused(t *testing.T) {
	length := map[string]string{"X-Amz-Decoded-Content-Length": "3"}
	for name, c := range map[string]struct {
		body    string
		headers map[string]string
		says    string
	}{
		"no size":         {"z\r\n", length, `"z" is no chunk's size`},
		"negative":        {"-1\r\n", length, "no chunk's size"},
		"cut short":       {"3\r\nab", length, "unexpected EOF"},
		"no end":          {"3\r\nabc\r\n", length, "unexpected EOF"},
		"too long":        {"3\r\nabcd\r\n0\r\n\r\n", length, "longer than its size says"},
		"other length":    {"2\r\nab\r\n0\r\n\r\n", length, `has 2 bytes, and declared "3"`},
		"missing trailer": {"3\r\nabc\r\n0\r\n\r\n", map[string]string{"X-Amz-Decoded-Content-Length": "3", "X-Amz-Trailer": "x-amz-checksum-crc32"}, "trailer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unwrap(chunked(c.body, c.headers))
			require.ErrorContains(t, err, c.says)
		})
	}
}

func FuzzReadChunks(f *testing.F) {
	f.Add([]byte("3;chunk-signature=ab\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"))
	f.Add([]byte("ffffffffffffffff\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		body, _, err := readChunks(bufio.NewReader(bytes.NewReader(raw)))
		if err == nil && len(body) > len(raw) {
			t.Fatalf("%d bytes came out of %d", len(body), len(raw))
		}
	})
}
