package faults

import (
	"context"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/awsconf"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/testing/proctest"
	"github.com/ingest-iac/ingest/services/worker/s3store"
	"github.com/stretchr/testify/require"
)

const (
	region     = "us-east-1"
	bucket     = "ingest-local"
	queueName  = "ingest-local-emails-queue"
	deadName   = "ingest-local-emails-dlq"
	parameter  = "/ingest/local/token"
	token      = "local-dev-token"
	visibility = 2 * time.Second
)

// world is an AWS of its own, and clients that meet no fault in it as long as
// faults have not begun or have ended.
type world struct {
	plan     *faults.Plan
	endpoint string
	queueURL string
	deadURL  string
	sqs      *sqs.Client
	s3       *s3.Client
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{plan: faults.New(seed)}
	server, err := fakeaws.Start(fakeaws.Options{Addr: "127.0.0.1:0", Faults: w.plan})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	w.endpoint = server.URL

	configuration, err := awsconf.Load(t.Context(), awsconf.Options{
		Region: region, Endpoint: w.endpoint, MaxAttempts: 5, Connections: 8,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	require.NoError(t, err)
	w.sqs, w.s3 = sqs.NewFromConfig(configuration), s3store.NewClient(configuration)

	dead, err := w.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(deadName)})
	require.NoError(t, err)
	w.deadURL = *dead.QueueUrl
	queue, err := w.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(queueName),
		Attributes: map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:` + region + `:000000000000:` + deadName + `","maxReceiveCount":5}`,
		},
	})
	require.NoError(t, err)
	w.queueURL = *queue.QueueUrl
	_, err = w.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(configuration).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(parameter), Value: aws.String(token), Type: ssmtypes.ParameterTypeSecureString,
	})
	require.NoError(t, err)
	return w
}

// environ is what both programs read.
func (w *world) environ(more map[string]string) map[string]string {
	environ := map[string]string{
		"AWS_ENDPOINT_URL": w.endpoint, "AWS_REGION": region, "AWS_MAX_RETRIES": "3", "LOG_LEVEL": "INFO",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
		"SQS_QUEUE_URL": w.queueURL,
	}
	for name, value := range more {
		environ[name] = value
	}
	return environ
}

func (w *world) api(t *testing.T) *proctest.Program {
	t.Helper()
	return proctest.Launch(t, "api", "PORT", w.environ(map[string]string{"SSM_TOKEN_PARAM": parameter, "TOKEN_TTL": "1s"}))
}

func (w *world) worker(t *testing.T, more map[string]string) *proctest.Program {
	t.Helper()
	environ := map[string]string{
		"S3_BUCKET": bucket, "VISIBILITY_TIMEOUT": strconv.Itoa(int(visibility.Seconds())), "POLL_WAIT_SECONDS": "1",
	}
	for name, value := range more {
		environ[name] = value
	}
	return proctest.Launch(t, "worker", "HEALTH_PORT", w.environ(environ))
}

var keyForm = regexp.MustCompile(`^emails/v1/local/\d{4}/\d{2}/\d{2}/-?\d+_msgid=([0-9a-f-]+)\.json$`)

// objects counts the objects of each message id.
func (w *world) objects(ctx context.Context, t require.TestingT) map[string]int {
	ids := map[string]int{}
	pages := s3.NewListObjectsV2Paginator(w.s3, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		require.NoError(t, err)
		for i := range page.Contents {
			found := keyForm.FindStringSubmatch(*page.Contents[i].Key)
			require.NotNil(t, found, "key %s", *page.Contents[i].Key)
			ids[found[1]]++
		}
	}
	return ids
}

// pending is how many messages a queue holds, hidden ones included.
func (w *world) pending(ctx context.Context, t require.TestingT, queueURL string) int {
	visible, hidden := w.depth(ctx, t, queueURL)
	return visible + hidden
}

func (w *world) depth(ctx context.Context, t require.TestingT, queueURL string) (visible, hidden int) {
	output, err := w.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(queueURL), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	require.NoError(t, err)
	count := func(name string) int {
		n, err := strconv.Atoi(output.Attributes[name])
		require.NoError(t, err, name)
		return n
	}
	return count("ApproximateNumberOfMessages"), count("ApproximateNumberOfMessagesNotVisible")
}

// dead empties the dead-letter queue and returns the ids in it.
func (w *world) dead(t *testing.T) map[string]int {
	t.Helper()
	ids := map[string]int{}
	for {
		output, err := w.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(w.deadURL), MaxNumberOfMessages: 10, VisibilityTimeout: 600,
		})
		require.NoError(t, err)
		if len(output.Messages) == 0 {
			return ids
		}
		for i := range output.Messages {
			ids[*output.Messages[i].MessageId]++
		}
	}
}

// send puts a message into the queue past the api, and returns its id.
func (w *world) send(t *testing.T, body string) string {
	t.Helper()
	output, err := w.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(w.queueURL), MessageBody: aws.String(body),
	})
	require.NoError(t, err)
	return *output.MessageId
}
