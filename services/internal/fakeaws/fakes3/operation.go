package fakes3

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// Operation names the request's operation as a fault plan does, "s3.PutObject"
// for one.
func (s *Service) Operation(r *http.Request) string {
	r = s.pathStyle(r)
	bucket, key := bucketAndKey(r)
	switch {
	case bucket == "":
		return "s3.ListBuckets"
	case key == "":
		return "s3." + bucketOperation(r)
	default:
		return "s3." + objectOperation(r)
	}
}

func bucketAndKey(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	return bucket, key
}

func bucketOperation(r *http.Request) string {
	query := r.URL.Query()
	switch r.Method {
	case http.MethodPut:
		return "CreateBucket"
	case http.MethodDelete:
		return "DeleteBucket"
	case http.MethodHead:
		return "HeadBucket"
	case http.MethodPost:
		return "DeleteObjects"
	}
	switch {
	case query.Get("list-type") == "2":
		return "ListObjectsV2"
	case query.Has("versions"):
		return "ListObjectVersions"
	case query.Has("location"):
		return "GetBucketLocation"
	case query.Has("uploads"):
		return "ListMultipartUploads"
	default:
		return "ListObjects"
	}
}

func objectOperation(r *http.Request) string {
	query := r.URL.Query()
	upload := query.Has("uploadId")
	switch r.Method {
	case http.MethodPut:
		switch {
		case upload:
			return "UploadPart"
		case r.Header.Get("X-Amz-Copy-Source") != "":
			return "CopyObject"
		default:
			return "PutObject"
		}
	case http.MethodPost:
		if upload {
			return "CompleteMultipartUpload"
		}
		return "CreateMultipartUpload"
	case http.MethodDelete:
		if upload {
			return "AbortMultipartUpload"
		}
		return "DeleteObject"
	case http.MethodHead:
		return "HeadObject"
	default:
		if upload {
			return "ListParts"
		}
		return "GetObject"
	}
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
