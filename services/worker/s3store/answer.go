package s3store

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAnswer is the most that is read of an answer; S3's errors have less than 1 KiB.
const maxAnswer = 1 << 20

// responseError reads an answer to its end, so that its connection is used again.
// The error is nil for a success, otherwise of the types that the SDK returns.
func responseError(response *smithyhttp.Response) error {
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	success := response.StatusCode/100 == 2
	if success && (err != nil || len(content) == 0) {
		return err //nolint:wrapcheck // The retryer reads it, and PutIfAbsent wraps it.
	}
	var answer struct {
		XMLName   xml.Name
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
		HostID    string `xml:"HostId"`
	}
	// An answer that is not XML, such as that of a proxy, has only its status.
	isXML := xml.Unmarshal(content, &answer) == nil
	if success {
		if !isXML || !strings.EqualFold(answer.XMLName.Local, "Error") {
			return nil
		}
		// https://repost.aws/knowledge-center/s3-resolve-200-internalerror
		response.StatusCode = http.StatusInternalServerError
	}
	if answer.Code == "" && answer.Message == "" {
		answer.Message = http.StatusText(response.StatusCode)
		answer.Code = strings.ReplaceAll(answer.Message, " ", "")
	}
	if region := response.Header.Get("X-Amz-Bucket-Region"); region != "" && moved(response.StatusCode) {
		answer.Message += fmt.Sprintf(" (the bucket is in region %s)", region)
	}
	if id := response.Header.Get("X-Amz-Request-Id"); id != "" {
		answer.RequestID = id
	}
	if id := response.Header.Get("X-Amz-Id-2"); id != "" {
		answer.HostID = id
	}
	return &awshttp.ResponseError{
		RequestID: answer.RequestID,
		ResponseError: &smithyhttp.ResponseError{
			Response: response,
			Err:      fmt.Errorf("HostID: %s, %w", answer.HostID, &smithy.GenericAPIError{Code: answer.Code, Message: answer.Message}),
		},
	}
}

// moved reports whether S3 answers so for a bucket of another region.
func moved(status int) bool {
	return status/100 == 3 || status == http.StatusBadRequest
}
