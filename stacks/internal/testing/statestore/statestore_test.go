package statestore

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const alias = "alias/ingest-pulumi"

func account(buckets, aliases *bool) Account {
	return Account{
		HasBucket: func(name string) bool { return *buckets && name == "state" },
		HasKey:    func(name string) bool { return *aliases && name == alias },
	}
}

// call asks the store as a proxy is asked.
func call(s *Store, method, host, path, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = host
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

func TestBucket_livesAsLongAsTheAccountHasIt(t *testing.T) {
	exists, keys := false, false
	s := Start(t, account(&exists, &keys))
	put := func() *httptest.ResponseRecorder {
		return call(s, http.MethodPut, "state."+s3Host, "/.pulumi/meta.yaml", "", "version: 1\n")
	}
	answer := put()
	assert.Equal(t, http.StatusNotFound, answer.Code)
	assert.Contains(t, answer.Body.String(), "NoSuchBucket")

	exists = true
	require.Equal(t, http.StatusOK, put().Code)
	assert.Equal(t, map[string]string{".pulumi/meta.yaml": "version: 1\n"}, s.Objects(t, "state"))
	assert.Equal(t, http.StatusNotFound, call(s, http.MethodGet, "other."+s3Host, "/.pulumi/meta.yaml", "", "").Code)

	exists = false
	assert.Equal(t, http.StatusNotFound, put().Code)
	exists = true
	assert.Empty(t, s.Objects(t, "state"), "what was in a deleted bucket is gone")
}

func TestDecrypt_needsTheKey(t *testing.T) {
	bucket, key := false, true
	s := Start(t, account(&bucket, &key))
	sealed := call(s, http.MethodPost, kmsHost, "/", "TrentService.Encrypt", `{"KeyId": "`+alias+`", "Plaintext": "c2VjcmV0"}`)
	require.Equal(t, http.StatusOK, sealed.Code, sealed.Body)
	var message kmsMessage
	require.NoError(t, json.Unmarshal(sealed.Body.Bytes(), &message))
	assert.NotContains(t, string(message.CiphertextBlob), "secret")

	blob, err := json.Marshal(kmsMessage{CiphertextBlob: message.CiphertextBlob})
	require.NoError(t, err)
	assert.JSONEq(t, `{"KeyId": "`+alias+`", "Plaintext": "c2VjcmV0"}`, call(s, http.MethodPost, kmsHost, "/", "TrentService.Decrypt", string(blob)).Body.String())
	key = false
	gone := call(s, http.MethodPost, kmsHost, "/", "TrentService.Decrypt", string(blob))
	assert.Equal(t, http.StatusBadRequest, gone.Code)
	assert.Contains(t, gone.Body.String(), "KMSInvalidStateException")
}

func TestServe_unknownOperation_isRefused(t *testing.T) {
	bucket, key := true, true
	s := Start(t, account(&bucket, &key))
	for _, wrong := range []struct{ host, target, body, want string }{
		{kmsHost, "TrentService.Encrypt", `{"KeyId": "alias/other"}`, "NotFoundException"},
		{kmsHost, "TrentService.Decrypt", `{"CiphertextBlob": "` + "YWxpYXMvaW5nZXN0LXB1bHVtaQp4" + `"}`, "InvalidCiphertextException"},
		{kmsHost, "TrentService.Sign", `{}`, "UnknownOperationException"},
		{kmsHost, "TrentService.Encrypt", `{`, "SerializationException"},
		{"sqs.test", "", "", "statestore serves S3 and KMS only, not sqs.test"},
	} {
		answer := call(s, http.MethodPost, wrong.host, "/", wrong.target, wrong.body)
		assert.GreaterOrEqual(t, answer.Code, http.StatusBadRequest)
		assert.Contains(t, answer.Body.String(), wrong.want)
	}
}
