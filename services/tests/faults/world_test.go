package faults

import (
	"context"
	"maps"
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
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
)

const (
	region     = "us-east-1"
	bucket     = "ingest-local"
	queueName  = "ingest-local-emails-queue"
	deadName   = "ingest-local-emails-dlq"
	parameter  = "/ingest/local/token"
	token      = "local-dev-token"
	visibility = 3 * time.Second
)

// world is an AWS of its own, and clients that see no fault of it as long as
// faults have not begun or have ended.
type world struct {
	server   *fakeaws.Server
	plan     *faults.Plan
	endpoint string
	queueURL string
	deadURL  string
	sqs      *sqs.Client
	s3       *s3.Client
	ssm      *ssm.Client
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	return newWorldAt(t, seed, clockwork.NewRealClock())
}

// newWorldAt makes a world in which AWS has the time of clock.
func newWorldAt(t *testing.T, seed uint64, clock clockwork.Clock) *world {
	t.Helper()
	w := &world{plan: faults.New(seed)}
	server, err := fakeaws.Start(fakeaws.Options{Addr: "127.0.0.1:0", Faults: w.plan, Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	w.server, w.endpoint = server, server.URL

	configuration, err := awsconf.Load(t.Context(), awsconf.Options{
		Region: region, Endpoint: w.endpoint, MaxAttempts: 5, Connections: 8,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	require.NoError(t, err)
	w.sqs, w.s3, w.ssm = sqs.NewFromConfig(configuration), s3store.NewClient(configuration), ssm.NewFromConfig(configuration)

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
	_, err = w.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
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
	maps.Copy(environ, more)
	return environ
}

// api starts an api with more settings, and changes of its source.
func (w *world) api(t *testing.T, more map[string]string, changes ...proctest.Change) *proctest.Program {
	t.Helper()
	environ := map[string]string{"SSM_TOKEN_PARAM": parameter, "TOKEN_TTL": "1s"}
	maps.Copy(environ, more)
	return proctest.Launch(t, "api", "PORT", w.environ(environ), changes...)
}

func (w *world) worker(t *testing.T, more map[string]string) *proctest.Program {
	t.Helper()
	environ := map[string]string{
		"S3_BUCKET": bucket, "VISIBILITY_TIMEOUT": strconv.Itoa(int(visibility.Seconds())), "POLL_WAIT_SECONDS": "1",
	}
	maps.Copy(environ, more)
	return proctest.Launch(t, "worker", "HEALTH_PORT", w.environ(environ))
}

var idInKey = regexp.MustCompile(`_msgid=([0-9a-f-]+)\.json$`)

// objects are those of each message id, or of each key that has no id.
func (w *world) objects(t require.TestingT) map[string][]object {
	keys, err := w.server.S3.Keys(bucket)
	require.NoError(t, err)
	found := map[string][]object{}
	for _, key := range keys {
		place := key
		if id := idInKey.FindStringSubmatch(key); id != nil {
			place = id[1]
		}
		content, _ := w.server.S3.Body(bucket, key)
		found[place] = append(found[place], object{key: key, content: string(content)})
	}
	return found
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

// dead are the bodies in the dead-letter queue, by message id.
func (w *world) dead() map[string][]string {
	found := map[string][]string{}
	for _, m := range w.server.SQS.Messages(deadName) {
		found[m.ID] = append(found[m.ID], m.Body)
	}
	return found
}

// receives is how often the message has been received; 0 when it is not in the
// queue.
func (w *world) receives(id string) int {
	for _, m := range w.server.SQS.Messages(queueName) {
		if m.ID == id {
			return m.Receives
		}
	}
	return 0
}

// settled waits until every message sent is stored as it was sent, or dead if it
// is poison.
func (w *world) settled(t *testing.T, messages ...sent) {
	t.Helper()
	want := ledger{accepted: len(messages)}
	for _, m := range messages {
		if m.key == "" {
			want.dead++
		} else {
			want.stored++
		}
	}
	var got ledger
	require.Eventually(t, func() bool {
		got = balance(messages, w.objects(t), w.dead())
		return w.server.SQS.Counts(queueName).Total() == 0
	}, settleWithin, 20*time.Millisecond, "the queue does not empty")
	got = balance(messages, w.objects(t), w.dead())
	require.Equal(t, want.String(), got.String())
}

// put puts a message of the timestamp n into the queue, not through the api.
func (w *world) put(t *testing.T, n int) sent {
	t.Helper()
	id := w.send(t, body(n))
	return sent{id: id, body: body(n), key: keyOf("local", "v1", "2026-01-02", n, id)}
}

// send puts a message into the queue, not through the api, and returns its id.
func (w *world) send(t *testing.T, body string) string {
	t.Helper()
	output, err := w.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: aws.String(w.queueURL), MessageBody: aws.String(body),
	})
	require.NoError(t, err)
	return *output.MessageId
}
