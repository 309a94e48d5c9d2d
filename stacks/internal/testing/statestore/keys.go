package statestore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keys is as much of KMS as pulumi asks for: it encrypts and decrypts under keys
// that are named by alias. What was encrypted names its key, and another Store decrypts
// it too: a test can go on with what another one has deployed.
type keys struct {
	exists func(alias string) bool
	sealed cipher.AEAD
}

func newKeys(tb testing.TB, exists func(string) bool) *keys {
	tb.Helper()
	secret := sha256.Sum256([]byte("the keys of all stores"))
	block, err := aes.NewCipher(secret[:])
	require.NoError(tb, err)
	sealed, err := cipher.NewGCMWithRandomNonce(block)
	require.NoError(tb, err)
	return &keys{exists: exists, sealed: sealed}
}

// kmsMessage is a request or an answer of Encrypt and Decrypt.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
type kmsMessage struct {
	KeyID          string `json:"KeyId,omitempty"`
	Plaintext      []byte `json:",omitempty"`
	CiphertextBlob []byte `json:",omitempty"`
}

func (k *keys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked kmsMessage
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, "SerializationException", err.Error())
		return
	}
	switch operation := r.Header.Get("X-Amz-Target"); operation {
	case "TrentService.Encrypt":
		k.encrypt(w, asked)
	case "TrentService.Decrypt":
		k.decrypt(w, asked)
	default:
		refuse(w, "UnknownOperationException", operation)
	}
}

func (k *keys) encrypt(w http.ResponseWriter, asked kmsMessage) {
	if !k.has(asked.KeyID) {
		refuse(w, "NotFoundException", fmt.Sprintf("Alias %s is not found.", asked.KeyID))
		return
	}
	sealed := k.sealed.Seal(nil, nil, asked.Plaintext, []byte(asked.KeyID)) //nolint:gosec // G407: this AEAD makes a random nonce itself
	answer(w, kmsMessage{KeyID: asked.KeyID, CiphertextBlob: append([]byte(asked.KeyID+"\n"), sealed...)})
}

func (k *keys) decrypt(w http.ResponseWriter, asked kmsMessage) {
	alias, sealed, _ := strings.Cut(string(asked.CiphertextBlob), "\n")
	if !k.has(alias) {
		refuse(w, "KMSInvalidStateException", alias+" is pending deletion.")
		return
	}
	plain, err := k.sealed.Open(nil, nil, []byte(sealed), []byte(alias))
	if err != nil {
		refuse(w, "InvalidCiphertextException", err.Error())
		return
	}
	answer(w, kmsMessage{KeyID: alias, Plaintext: plain})
}

func (k *keys) has(alias string) bool { return k.exists != nil && k.exists(alias) }

func answer(w http.ResponseWriter, message any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	// The client has gone when this fails; its error says so.
	_ = json.NewEncoder(w).Encode(message)
}

// refuse answers with an error in the form of AWS's JSON protocol.
func refuse(w http.ResponseWriter, kind, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": message})
}
