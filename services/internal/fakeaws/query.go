package fakeaws

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"
)

// maxQueryBytes bounds the form of a request of the query protocol.
const maxQueryBytes = 1 << 20

// scope is the service that a request is signed for, as in "sts"; empty for an
// unsigned request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func scope(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, signed, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(signed, ",")
	}
	// <key>/<date>/<region>/<service>/aws4_request; a key may contain slashes.
	parts := strings.Split(credential, "/")
	const service = 2
	if len(parts) < service {
		return ""
	}
	return parts[len(parts)-service]
}

// isQuery reports whether a request is of the query protocol, a form with an
// Action, by which STS, IAM, SNS, EC2 and older SDKs' SQS are called.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func isQuery(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && r.Method == http.MethodPost && kind == "application/x-www-form-urlencoded"
}

// query answers the one call of the query protocol that the AWS CLI's users
// make to see who they are, and AWS's error to all others.
type query struct{}

func action(r *http.Request) string {
	r.Body = http.MaxBytesReader(nil, r.Body, maxQueryBytes)
	return r.PostFormValue("Action") // empty when the form cannot be read
}

func (query) Operation(r *http.Request) string { return scope(r) + "." + action(r) }

func (q query) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch service, name := scope(r), action(r); {
	case name == "GetCallerIdentity":
		writeXML(w, http.StatusOK, callerIdentity{
			Xmlns: "https://sts.amazonaws.com/doc/2011-06-15/",
			ARN:   "arn:aws:iam::" + Account + ":root", UserID: Account, Account: Account, RequestID: requestID,
		})
	case service == "sqs":
		q.Refuse(w, r, http.StatusBadRequest, "InvalidAction",
			"The fake AWS takes SQS calls by the JSON protocol of today's SDKs only.")
	default:
		q.Refuse(w, r, http.StatusBadRequest, "InvalidAction",
			fmt.Sprintf("The action %s is not valid for this web service: the fake AWS is S3, SQS and SSM.", name))
	}
}

// Refuse answers an error in the query protocol's form, or in EC2's.
func (query) Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	failed := queryError{Type: "Sender", Code: code, Message: message}
	if status >= http.StatusInternalServerError {
		failed.Type = "Receiver"
	}
	if scope(r) == "ec2" {
		failed.Type = ""
		writeXML(w, status, ec2Errors{Errors: []queryError{failed}, RequestID: requestID})
		return
	}
	writeXML(w, status, queryErrors{Error: failed, RequestID: requestID})
}

// requestID is in every answer of the query protocol; no call is traced by it.
const requestID = "00000000-0000-0000-0000-000000000000"

type callerIdentity struct {
	XMLName   xml.Name `xml:"GetCallerIdentityResponse"`
	Xmlns     string   `xml:"xmlns,attr"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type queryErrors struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Error     queryError
	RequestID string `xml:"RequestId"`
}

type ec2Errors struct {
	XMLName   xml.Name     `xml:"Response"`
	Errors    []queryError `xml:"Errors>Error"`
	RequestID string       `xml:"RequestID"`
}

type queryError struct {
	Type    string `xml:",omitempty"`
	Code    string
	Message string
}

func writeXML(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	// The client is gone when this fails.
	_ = xml.NewEncoder(w).Encode(document)
}

// refuseUnknown answers a call of a service that the fake AWS does not have, in
// the protocol that the call is in.
func refuseUnknown(w http.ResponseWriter, r *http.Request, service string) {
	const code = "UnknownOperationException"
	message := fmt.Sprintf("The fake AWS is S3, SQS and SSM; it has no %s.", service)
	w.Header().Set("X-Amzn-Errortype", code)
	if r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.Header().Set("Content-Type", "application/cbor")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(cbor.Encode(cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)}))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}
