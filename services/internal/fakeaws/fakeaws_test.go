package fakeaws

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a seeded server and clients that try once.
type bench struct {
	*Server
	seeded Seeded
	sqs    *sqs.Client
	s3     *s3.Client
	ssm    *ssm.Client
}

func start(t *testing.T, o Options) *bench {
	t.Helper()
	server, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	seeded, err := server.Seed(Seed{})
	require.NoError(t, err)
	configuration := server.Config()
	configuration.RetryMaxAttempts = 1
	// Without a connection to go back to, net/http never tries again of itself.
	configuration.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.DisableKeepAlives = true })
	return &bench{
		Server: server, seeded: seeded, sqs: sqs.NewFromConfig(configuration), ssm: ssm.NewFromConfig(configuration),
		s3: s3.NewFromConfig(configuration, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

func (b *bench) send(t *testing.T) error {
	t.Helper()
	_, err := b.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &b.seeded.QueueURL, MessageBody: aws.String("x")})
	return err
}

func (b *bench) fetch(t *testing.T) (string, error) {
	t.Helper()
	got, err := b.ssm.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String(LocalParameter), WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", err
	}
	return *got.Parameter.Value, nil
}

func (b *bench) store(t *testing.T, key string) error {
	t.Helper()
	_, err := b.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(LocalBucket), Key: &key, IfNoneMatch: aws.String("*")})
	return err
}

func code(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	return api.ErrorCode()
}

func TestSeed_hasWhatThePipelineNeeds(t *testing.T) {
	b := start(t, Options{})
	require.NoError(t, b.send(t))
	require.NoError(t, b.store(t, "k"))
	token, err := b.fetch(t)
	require.NoError(t, err)
	assert.Equal(t, LocalToken, token)

	got, err := b.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &b.seeded.QueueURL, AttributeNames: []types.QueueAttributeName{"All"},
	})
	require.NoError(t, err)
	assert.Equal(t, "60", got.Attributes["VisibilityTimeout"])
	assert.Equal(t, "20", got.Attributes["ReceiveMessageWaitTimeSeconds"])
	assert.Equal(t, "262144", got.Attributes["MaximumMessageSize"])
	assert.JSONEq(t, `{"deadLetterTargetArn":"`+b.seeded.DLQARN+`","maxReceiveCount":5}`, got.Attributes["RedrivePolicy"])

	assert.Equal(t, fakesqs.Counts{Visible: 1}, b.SQS.Counts(LocalQueue))
	keys, err := b.S3.Keys(LocalBucket)
	require.NoError(t, err)
	assert.Equal(t, []string{"k"}, keys)
	assert.Equal(t, 1, b.Faults.Calls("sqs.SendMessage"))
	assert.Equal(t, 1, b.Faults.Calls("s3.*"), "seeding is not counted")
}

func TestFaults_areInTheProtocolOfTheService(t *testing.T) {
	b := start(t, Options{})
	for _, operation := range []string{"sqs.*", "ssm.GetParameter", "s3.PutObject"} {
		b.Faults.Add(faults.Rule{Operation: operation, Fault: faults.SlowDown})
	}
	_, fetchErr := b.fetch(t)
	for name, err := range map[string]error{"sqs": b.send(t), "ssm": fetchErr, "s3": b.store(t, "k")} {
		assert.Equal(t, "SlowDown", code(t, err), name)
		var response *awshttp.ResponseError
		require.ErrorAs(t, err, &response)
		assert.Equal(t, http.StatusServiceUnavailable, response.HTTPStatusCode(), name)
	}
	assert.Zero(t, b.SQS.Counts(LocalQueue).Total())
	b.Faults.Clear()
	require.NoError(t, b.send(t))
}

func TestFaults_droppedConnection_losesCallOrAnswer(t *testing.T) {
	b := start(t, Options{})
	remove := b.Faults.Add(faults.Rule{Operation: "*", Fault: faults.Fault{Drop: faults.DropBefore}})
	require.Error(t, b.send(t))
	require.Error(t, b.store(t, "k"))
	assert.Zero(t, b.SQS.Counts(LocalQueue).Total())
	remove()

	remove = b.Faults.Add(faults.Rule{Operation: "*", Fault: faults.Fault{Drop: faults.DropAfter}})
	require.Error(t, b.send(t))
	require.Error(t, b.store(t, "k"))
	assert.Equal(t, fakesqs.Counts{Visible: 1}, b.SQS.Counts(LocalQueue))
	_, stored := b.S3.Body(LocalBucket, "k")
	assert.True(t, stored)

	_, err := b.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.seeded.QueueURL})
	require.Error(t, err)
	assert.Equal(t, fakesqs.Counts{InFlight: 1}, b.SQS.Counts(LocalQueue), "a lost answer hides its messages")
	remove()
	assert.Equal(t, "PreconditionFailed", code(t, b.store(t, "k")))
}

func TestFaults_halfABatchFails(t *testing.T) {
	b := start(t, Options{})
	b.Faults.Add(faults.Rule{Operation: "sqs.SendMessageBatch", Fault: faults.Fault{EveryEntry: 2}})
	var entries []types.SendMessageBatchRequestEntry
	for _, id := range []string{"a", "b", "c", "d"} {
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(id), MessageBody: aws.String(id)})
	}
	sent, err := b.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &b.seeded.QueueURL, Entries: entries})
	require.NoError(t, err)
	require.Len(t, sent.Failed, 2)
	assert.Equal(t, "b", *sent.Failed[0].Id)
	assert.Equal(t, "InternalError", *sent.Failed[0].Code)
	assert.False(t, sent.Failed[0].SenderFault)
	assert.Len(t, sent.Successful, 2)
	assert.Equal(t, 2, b.SQS.Counts(LocalQueue).Visible)
}

func TestFaults_delay_isBeforeTheAnswer(t *testing.T) {
	b := start(t, Options{})
	const delay = 30 * time.Millisecond
	b.Faults.Add(faults.Rule{Operation: "sqs.*", Fault: faults.Fault{Delay: delay}})
	begin := time.Now()
	require.NoError(t, b.send(t))
	assert.GreaterOrEqual(t, time.Since(begin), delay)
}

func TestLongPoll_cancelled_takesNoMessage(t *testing.T) {
	b := start(t, Options{})
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		b.Faults.ResetCalls()
		go func() {
			_, err := b.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &b.seeded.QueueURL, WaitTimeSeconds: 20})
			ended <- err
		}()
		require.Eventually(t, func() bool { return b.Faults.Calls("sqs.ReceiveMessage") == 1 }, 5*time.Second, time.Millisecond)
		cancel()
		require.Error(t, <-ended)
	}
	require.NoError(t, b.send(t))
	got, err := b.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.seeded.QueueURL, WaitTimeSeconds: 5})
	require.NoError(t, err)
	assert.Len(t, got.Messages, 1)
}

func TestClose_endsPolls(t *testing.T) {
	b := start(t, Options{})
	ended := make(chan error, 1)
	go func() {
		_, err := b.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &b.seeded.QueueURL, WaitTimeSeconds: 20})
		ended <- err
	}()
	require.Eventually(t, func() bool { return b.Faults.Calls("sqs.ReceiveMessage") == 1 }, 5*time.Second, time.Millisecond)
	begin := time.Now()
	require.NoError(t, b.Close())
	require.Error(t, <-ended)
	assert.Less(t, time.Since(begin), 5*time.Second)
	require.NoError(t, b.Close(), "once more changes nothing")
}

func TestRestart_keepsObjects(t *testing.T) {
	dir := t.TempDir()
	first := start(t, Options{DataDir: dir, RootBucket: LocalBucket})
	require.NoError(t, first.store(t, "a/b"))
	require.NoError(t, first.Close())
	second := start(t, Options{DataDir: dir, RootBucket: LocalBucket})
	assert.Equal(t, "PreconditionFailed", code(t, second.store(t, "a/b")))
}

func call(t *testing.T, url, target, request string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(request))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Target", target)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(body)
}

func TestFurtherServices_areReachedByTheirTarget(t *testing.T) {
	greeter := awsjson.New("greeter", "1.1")
	type message struct{ Text string }
	awsjson.Handle(greeter, "Greet", func(context.Context, *struct{}) (*message, error) { return &message{"hello"}, nil })
	b := start(t, Options{Services: map[string]Service{"Greeter_2026": greeter}})

	status, body := call(t, b.URL, "Greeter_2026.Greet", "{}")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"Text":"hello"}`, body)
	status, body = call(t, b.URL, "Greeter_2026.Wave", "{}")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "UnknownOperationException")
	assert.Equal(t, 1, b.Faults.Calls("greeter.Greet"))

	status, body = call(t, b.URL, "Nobody.Greet", "{}")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "it has no Nobody")
	status, _ = call(t, b.URL+"/healthz", "", "")
	assert.Equal(t, http.StatusOK, status)
}

func TestStart_addressIsTaken_isAnError(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	_, err = Start(Options{Addr: taken.Addr().String()})
	require.ErrorContains(t, err, "listening for AWS calls")
}
