package fakeaws

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
)

// The names of the pipeline on one machine.
const (
	LocalQueue     = "ingest-local-emails-queue"
	LocalDLQ       = "ingest-local-emails-dlq"
	LocalBucket    = "ingest-local"
	LocalParameter = "/ingest/local/token"
	LocalToken     = "local-dev-token" //nolint:gosec // G101: it opens nothing but a fake AWS
)

// Seed is what the pipeline needs to find. Empty fields mean the local
// names and for what the stack of the data sets: 60 s of visibility, polls of
// 20 s, 5 receives, 262,144 bytes.
type Seed struct {
	Queue, DLQ, Bucket, Parameter, Token string

	// Visibility is in seconds.
	Visibility  int
	MaxReceives int
}

// Seeded is where it is.
type Seeded struct {
	QueueURL, DLQURL string
	QueueARN, DLQARN string
}

func (s *Seed) fill() {
	for field, local := range map[*string]string{
		&s.Queue: LocalQueue, &s.DLQ: LocalDLQ, &s.Bucket: LocalBucket, &s.Parameter: LocalParameter, &s.Token: LocalToken,
	} {
		if *field == "" {
			*field = local
		}
	}
	if s.Visibility == 0 {
		s.Visibility = 60
	}
	if s.MaxReceives == 0 {
		s.MaxReceives = 5
	}
}

// Config is an SDK configuration for the server: its address, its region and
// any credentials, for it asks for none.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: aws.String(s.URL),
		// The defaults of a configuration that config.LoadDefaultConfig reads.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider("fake", "fake", ""),
		APIOptions:                 []func(*middleware.Stack) error{awsconf.PlainBodies},
	}
}

// QueueURL is the URL of the queue of that name.
func (s *Server) QueueURL(queue string) string {
	return s.URL + "/" + Account + "/" + queue
}

// Seed makes a queue with its dead-letter queue, a bucket and the token's
// parameter. A bucket that is there from before is kept. No call is counted in
// the fault plan, and no fault affects it.
func (s *Server) Seed(seed Seed) (Seeded, error) {
	seed.fill()
	seeded := Seeded{
		QueueURL: s.QueueURL(seed.Queue), DLQURL: s.QueueURL(seed.DLQ),
		QueueARN: s.SQS.ARN(seed.Queue), DLQARN: s.SQS.ARN(seed.DLQ),
	}
	if err := s.SQS.Create(seed.DLQ, map[string]string{
		"MessageRetentionPeriod": "1209600", "ReceiveMessageWaitTimeSeconds": "20",
	}); err != nil {
		return Seeded{}, fmt.Errorf("making queue %s: %w", seed.DLQ, err)
	}
	if err := s.SQS.Create(seed.Queue, map[string]string{
		"VisibilityTimeout":             strconv.Itoa(seed.Visibility),
		"ReceiveMessageWaitTimeSeconds": "20",
		"MaximumMessageSize":            "262144",
		"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`,
			seeded.DLQARN, seed.MaxReceives),
	}); err != nil {
		return Seeded{}, fmt.Errorf("making queue %s: %w", seed.Queue, err)
	}
	if err := s.S3.Create(seed.Bucket); err != nil {
		return Seeded{}, fmt.Errorf("making bucket %s: %w", seed.Bucket, err)
	}
	if err := s.SSM.Put(seed.Parameter, seed.Token); err != nil {
		return Seeded{}, fmt.Errorf("making parameter %s: %w", seed.Parameter, err)
	}
	return seeded, nil
}
