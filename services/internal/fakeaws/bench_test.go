package fakeaws

import (
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"
)

// BenchmarkBatches sends, receives and deletes ten messages a round, with
// 10,000 others in the queue. Most of its time is the SDK's and HTTP's: what
// the fake AWS costs must not show in the services' own benchmarks.
func BenchmarkBatches(b *testing.B) {
	server, err := Start(Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, server.Close()) })
	seeded, err := server.Seed(Seed{})
	require.NoError(b, err)
	client := sqs.NewFromConfig(server.Config())
	var entries []types.SendMessageBatchRequestEntry
	for i := range 10 {
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String("x")})
	}
	send := func() {
		_, err := client.SendMessageBatch(b.Context(), &sqs.SendMessageBatchInput{QueueUrl: &seeded.QueueURL, Entries: entries})
		require.NoError(b, err)
	}
	for range 1000 {
		send()
	}
	for b.Loop() {
		send()
		got, err := client.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: &seeded.QueueURL, MaxNumberOfMessages: 10})
		require.NoError(b, err)
		require.Len(b, got.Messages, 10)
		var done []types.DeleteMessageBatchRequestEntry
		for _, m := range got.Messages {
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
		deleted, err := client.DeleteMessageBatch(b.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &seeded.QueueURL, Entries: done})
		require.NoError(b, err)
		require.Len(b, deleted.Successful, 10)
	}
	b.ReportMetric(float64(10*b.N)/b.Elapsed().Seconds(), "messages/s")
}
