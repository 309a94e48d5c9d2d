package fakes3

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// operations are by method those of a bucket and of an object. Parts of an upload
// count as objects.
var operations = map[string][2]string{
	http.MethodGet:    {"ListObjectsV2", "GetObject"},
	http.MethodHead:   {"HeadBucket", "HeadObject"},
	http.MethodPut:    {"CreateBucket", "PutObject"},
	http.MethodPost:   {"DeleteObjects", "CompleteMultipartUpload"},
	http.MethodDelete: {"DeleteBucket", "DeleteObject"},
}

// Operation names the request's operation as a fault plan does, "s3.PutObject"
// for one.
func (s *Service) Operation(r *http.Request) string {
	switch bucket, key := bucketAndKey(s.pathStyle(r)); {
	case bucket == "":
		return "s3.ListBuckets"
	case key == "":
		return "s3." + operations[r.Method][0]
	default:
		return "s3." + operations[r.Method][1]
	}
}

func bucketAndKey(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	return bucket, key
}

// errorAnswer is S3's error document.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
type errorAnswer struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

// Refuse answers an error in the protocol's form. One to HEAD has no body.
func (s *Service) Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	// It fails only when the client has gone.
	_ = xml.NewEncoder(w).Encode(errorAnswer{Code: code, Message: message})
}
