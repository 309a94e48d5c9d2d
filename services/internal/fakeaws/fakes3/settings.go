package fakes3

import (
	"encoding/xml"
	"io"
	"net/http"
)

// setting is what AWS answers to GET of one of a bucket's settings, for a bucket
// whose settings are those that it was created with.
type setting struct {
	// body is the content of the answer's document, which is named root.
	root, body string
	// code and message are the error where the setting has no default.
	code, message string
}

// settings are by the query parameter of their request. Those that are not here
// (acl, location, versioning) the protocol's package answers.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
var settings = map[string]setting{
	"encryption": {root: "ServerSideEncryptionConfiguration", body: "<Rule><ApplyServerSideEncryptionByDefault>" +
		"<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"},
	"publicAccessBlock": {root: "PublicAccessBlockConfiguration", body: "<BlockPublicAcls>true</BlockPublicAcls>" +
		"<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>" +
		"<RestrictPublicBuckets>true</RestrictPublicBuckets>"},
	"ownershipControls": {root: "OwnershipControls", body: "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"},
	"requestPayment":    {root: "RequestPaymentConfiguration", body: "<Payer>BucketOwner</Payer>"},
	"accelerate":        {root: "AccelerateConfiguration"},
	"logging":           {root: "BucketLoggingStatus"},
	"notification":      {root: "NotificationConfiguration"},
	"cors":              {code: "NoSuchCORSConfiguration", message: "The CORS configuration does not exist"},
	"lifecycle":         {code: "NoSuchLifecycleConfiguration", message: "The lifecycle configuration does not exist"},
	"object-lock": {
		code: "ObjectLockConfigurationNotFoundError", message: "Object Lock configuration does not exist for this bucket",
	},
	"policy":       {code: "NoSuchBucketPolicy", message: "The bucket policy does not exist"},
	"policyStatus": {code: "NoSuchBucketPolicy", message: "The bucket policy does not exist"},
	"replication":  {code: "ReplicationConfigurationNotFoundError", message: "The replication configuration was not found"},
	"tagging":      {code: "NoSuchTagSet", message: "The TagSet does not exist"},
	"website": {
		code: "NoSuchWebsiteConfiguration", message: "The specified bucket does not have a website configuration",
	},
}

// answerSetting answers GET of a setting of a bucket that exists.
func (s *Service) answerSetting(w http.ResponseWriter, r *http.Request) (answered bool) {
	bucket, key := bucketAndKey(r)
	if r.Method != http.MethodGet || key != "" || s.backend.store(bucket) == nil {
		return false
	}
	for name := range r.URL.Query() {
		found, ok := settings[name]
		switch {
		case !ok:
			continue
		case found.code != "":
			s.Refuse(w, r, http.StatusNotFound, found.code, found.message)
		default:
			w.Header().Set("Content-Type", "application/xml")
			// The client is gone when this fails.
			_, _ = io.WriteString(w, xml.Header+"<"+found.root+` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+
				found.body+"</"+found.root+">")
		}
		return true
	}
	return false
}
