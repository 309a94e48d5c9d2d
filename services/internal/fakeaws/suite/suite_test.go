// Package suite holds the fake AWS to what AWS does: the same tests, with the
// SDK's own clients, run against the fake always and against any endpoint that
// is named.
//
//	go test ./internal/fakeaws/suite -aws-endpoint http://127.0.0.1:4566
//	go test ./internal/fakeaws/suite -aws-endpoint aws   # the account of your credentials
//
// The tests make queues, buckets and parameters with random names, and remove
// them.
package suite

import (
	"context"
	"crypto/rand"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

var endpoint = flag.String("aws-endpoint", "",
	`where to run the suite: a URL, "aws" for AWS itself, or nothing for the fake`)

func TestMain(m *testing.M) {
	flag.Parse()
	if *endpoint != "" {
		os.Exit(m.Run()) // connections to elsewhere stay open for the next test
	}
	goleak.VerifyTestMain(m)
}

// place is where a test runs.
type place struct {
	sqs *sqs.Client
	s3  *s3.Client
	ssm *ssm.Client
	// rootBucket is the name of the bucket that is on disk, if there is one.
	rootBucket string
	// pass lets time pass: at once under the fake's clock.
	pass func(time.Duration)
	now  func() time.Time
	// wait is how long a check may take to come true: 0 where nothing is
	// eventual.
	wait time.Duration
}

// places are the ways in which the fake keeps objects. Elsewhere they are
// all the same.
var places = map[string]func(*testing.T) *place{
	"in memory": newPlace,
	"on disk":   func(t *testing.T) *place { t.Helper(); return placeAt(t, t.TempDir()) },
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return placeAt(t, "")
}

func placeAt(t *testing.T, dataDir string) *place {
	t.Helper()
	if *endpoint != "" {
		return elsewhere(t)
	}
	root := ""
	if dataDir != "" {
		root = randomName("suite")
	}
	clock := clockwork.NewFakeClock()
	server, err := fakeaws.Start(fakeaws.Options{Clock: clock, DataDir: dataDir, RootBucket: root})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	p := clients(t, server.Config())
	p.pass, p.now, p.rootBucket = clock.Advance, clock.Now, root
	return p
}

func elsewhere(t *testing.T) *place {
	t.Helper()
	loaded, err := config.LoadDefaultConfig(t.Context())
	require.NoError(t, err)
	if *endpoint != "aws" {
		loaded.BaseEndpoint = endpoint
	}
	p := clients(t, loaded)
	p.wait, p.now = time.Minute, time.Now
	p.pass = func(d time.Duration) {
		if d > time.Minute {
			t.Skipf("waits %s, which only a fake clock can", d)
		}
		<-time.After(d)
	}
	return p
}

func clients(t *testing.T, configuration aws.Config) *place {
	t.Helper()
	configuration.RetryMaxAttempts = 1
	return &place{
		sqs: sqs.NewFromConfig(configuration),
		s3:  s3.NewFromConfig(configuration, func(o *s3.Options) { o.UsePathStyle = true }),
		ssm: ssm.NewFromConfig(configuration),
	}
}

func randomName(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:12]) }

// code is the AWS error code of err.
func code(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	return api.ErrorCode()
}

// queue makes a queue for the test.
func (p *place) queue(t *testing.T, attributes map[string]string) (url, arn string) {
	t.Helper()
	made, err := p.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(randomName("suite")), Attributes: attributes,
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.sqs.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
		require.NoError(t, err)
	})
	got, err := p.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: made.QueueUrl, AttributeNames: []sqsAttribute{"QueueArn"},
	})
	require.NoError(t, err)
	return *made.QueueUrl, got.Attributes["QueueArn"]
}
